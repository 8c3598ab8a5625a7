"""What the versions of a model may not have in common, and how long their workloads' names may be."""

from collections import Counter
from collections.abc import Iterator, Sequence

from settings.model.version import Version
from settings.validation.issues import Issue

# A StatefulSet adds an 11-character revision to its name in a pod label, which is limited to 63 characters, and an
# import Job is named with 16 characters more, which are in a label too.
_WORKLOAD_NAME_CHARACTERS, _IMPORTED_NAME_CHARACTERS = 52, 47


def version_issues(name: str, versions: Sequence[Version], *, has_volume: bool) -> Iterator[Issue]:
    """Check that numbers and labels of the versions of model ``name`` differ, and that its workloads can be named."""
    numbers = Counter(version.version for version in versions)
    most = _IMPORTED_NAME_CHARACTERS if has_volume else _WORKLOAD_NAME_CHARACTERS
    for index, version in enumerate(versions):
        workload = f"{name}-v{version.version}"
        if numbers[version.version] > 1:
            yield Issue(
                path=("versions", index, "version"),
                found=f"{version.version}, {numbers[version.version]} times",
                expected="a different number for each version",
            )
        if len(workload) > most:
            yield Issue(
                path=("versions", index, "version"),
                found=f"workload name {workload} of {len(workload)} characters",
                expected=f"at most {most} characters{' for a model with a volume' if has_volume else ''}",
                hint="shorten the model's name or the version number",
            )
    labels = Counter(label for version in versions for label in version.labels)
    for label in (label for label, count in labels.items() if count > 1):
        yield Issue(
            path=("versions",),
            found=f"label '{label}', {labels[label]} times",
            expected="each label once per model",
        )
