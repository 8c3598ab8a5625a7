"""The weights of a model's versions."""

from collections.abc import Iterator, Sequence

from settings.model.rollout import Strategy
from settings.model.version import Version
from settings.validation.issues import MISSING, Issue


def weight_issues(versions: Sequence[Version], *, strategy: Strategy, split_by: str, is_split: bool) -> Iterator[Issue]:
    """Check that the weights sum to 100 and that requests can be split like that.

    ``is_split`` is whether the model's exposure, ``split_by``, splits requests by weight.
    """
    several = len(versions) > 1
    unweighted = [index for index, version in enumerate(versions) if version.weight is None]
    if several and unweighted:
        for index in unweighted:
            yield Issue(
                path=("versions", index, "weight"),
                found=MISSING,
                expected="a weight for each of several versions",
                hint="weights sum to 100",
            )
        return
    weights = [version.share_percent for version in versions]
    shown = ", ".join(map(str, weights))
    if sum(weights) != 100:
        yield Issue(
            path=("versions",),
            found=f"weights {' + '.join(map(str, weights))} = {sum(weights)}",
            expected="weights that sum to 100",
        )
    elif max(weights) != 100 and strategy is Strategy.RECREATE:
        yield Issue(
            path=("versions",),
            found=f"weights {shown} with rollout.strategy {strategy}",
            expected="one weight of 100 and the others 0, because one version runs at a time",
        )
    elif max(weights) != 100 and not is_split:
        yield Issue(
            path=("versions",),
            found=f"weights {shown} with exposure {split_by}",
            expected="one weight of 100 and the others 0",
            hint="requests are split by weight with exposure: gateway only",
        )
