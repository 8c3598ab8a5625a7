"""The weights of a model's versions."""

from collections.abc import Iterator, Sequence

from settings.model.exposure import Exposure
from settings.model.release.release import Release
from settings.model.rollout import Strategy
from settings.model.version import Version
from settings.validation.issues import MISSING, Issue


def weight_issues(
    versions: Sequence[Version], rollout: Strategy, release: Release, exposure: Exposure
) -> Iterator[Issue]:
    """Check that the weights sum to 100, and that rollout, release strategy and exposure can share requests so."""
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
    elif max(weights) != 100 and rollout is Strategy.RECREATE:
        yield Issue(
            path=("versions",),
            found=f"weights {shown} with rollout.strategy {rollout}",
            expected="one weight of 100 and the others 0, because one version runs at a time",
        )
    elif max(weights) != 100 and not release.splits:
        yield Issue(
            path=("versions",),
            found=f"weights {shown} with release.strategy {release.strategy}",
            expected="one weight of 100 and the others 0, because all clients change together",
        )
    elif max(weights) != 100 and exposure is not Exposure.GATEWAY:
        yield Issue(
            path=("versions",),
            found=f"weights {shown} with exposure {exposure}",
            expected="one weight of 100 and the others 0",
            hint="requests are split by weight with exposure: gateway only",
        )
