"""What a change of the settings means for the clients of each model, in words."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic import ValidationError

from inferencectl.releases.release import Release, Result, release_setting
from settings import Platform


def client_changes(platform: Platform, releases: Mapping[str, Sequence[Release]]) -> tuple[str, ...]:
    """A sentence for each model whose clients get something else than by its last good release, of all on record."""
    return tuple(_changes(platform, releases))


def _changes(platform: Platform, releases: Mapping[str, Sequence[Release]]) -> Iterator[str]:
    for model in platform.models:
        good = [each for each in releases.get(model.name, ()) if each.result is Result.SUCCEEDED]
        now = model.release.told(model.versions)
        if good and (before := _told(good[-1])) != now:
            yield f"{model.name}: {now} (before: {before})"


def _told(release: Release) -> str:
    try:
        strategy = release_setting(release.release)
    except ValidationError:
        # Another version of this program has made the record.
        return f"strategy {release.release.get('strategy')} with versions {', '.join(map(str, release.versions))}"
    return strategy.told(release.versions)
