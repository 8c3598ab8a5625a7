"""What the demonstration does to the model, one after the other."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Act:
    """A change: the version that the stack names, in the settings' keys; None stands for the stack file as it was.

    `is_refused` is whether `up` must fail: then nothing changes for clients.
    """

    title: str
    version: Mapping[str, object] | None
    is_refused: bool = False


def acts(good: Mapping[str, object]) -> tuple[Act, ...]:
    """A good new version, one whose files are not those that the stack pins, and the way back.

    `good` is a version in object storage, with its number, folder and digest.
    """
    number = int(str(good["version"]))
    bad = {**good, "version": number + 1, "sha256": "0" * 64}
    return (
        Act(title=f"version {number}, a good one", version=good),
        Act(title=f"version {number + 1}, whose files are not what the stack pins", version=bad, is_refused=True),
        Act(title="back to the version before", version=None),
    )
