"""What a place must be for a version that was proved elsewhere: its data, its storage and its signatures."""

from collections.abc import Iterator
from pathlib import Path

from inferencectl.promotion.change import Proved
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from settings import Data, DataClass, Environment, Model, ObjectStorage, Platform
from settings.cluster.signing import der_of
from settings.cluster.storage.storage import address_prefix


def refuse_unfit(proved: Proved, target: str, place: Platform, here: Model | None, root: Path) -> None:
    """Refuse to promote a version to a stack that may not have it; ``root`` is the checkout.

    Raises:
        SandboxError: with everything that is in the way, each with its remedy.
    """
    issues = [*_data_issues(proved, target, place, here), *_storage_issues(proved, target, place)]
    issues += _signature_issues(proved, target, place, root)
    if issues:
        found, remedies = zip(*issues, strict=True)
        raise SandboxError("\n".join(found), "\n".join(remedies), exit_code=BAD_INPUT)


Issues = Iterator[tuple[str, str]]


def _data_issues(proved: Proved, target: str, place: Platform, here: Model | None) -> Issues:
    there, now = proved.model.data, here.data if here else _data_of(place)
    region, here_region = _region(there, proved.platform), _region(now, place)
    if region != here_region:
        yield (
            f"the data of {proved.model.name} is in {region} with {proved.stack}, and in {here_region} with {target}",
            f"promote to a stack in {region}, or set data.residency of {target} if its data is in {region}",
        )
    least = there.class_ if there else DataClass.INTERNAL
    if now is None or now.class_.strictness < least.strictness:
        found = f"{target} handles it as {now.class_}" if now else f"{target} does not say how it handles it"
        yield (
            f"the data of {proved.model.name} is {least} in {proved.stack}, and {found}",
            f"set data: {{class: {least}}} in {target}, for the stack or for the model",
        )


def _data_of(place: Platform) -> Data | None:
    """That of a model which does not say its own."""
    is_decided = place.data is not None or place.environment is Environment.PROD
    return place.data if is_decided else Data(class_=DataClass.INTERNAL)


def _region(data: Data | None, platform: Platform) -> str:
    return data.residency if data and data.residency else platform.storage.region


def _storage_issues(proved: Proved, target: str, place: Platform) -> Issues:
    there, here = proved.platform.storage, place.storage
    if there.type != here.type:
        yield (
            f"{proved.version.storage} is in storage of type {there.type}, and {target} has type {here.type}",
            f"publish the version in storage that {target} can read, and serve it from there in {proved.stack} first",
        )
    elif not proved.version.storage.startswith(prefix := address_prefix(here)):
        yield (
            f"{proved.version.storage} is elsewhere than {target} reads models, which is at {prefix}",
            f"publish the version there under an address that both stacks read, and serve it so in {proved.stack}",
        )
    elif isinstance(there, ObjectStorage) and isinstance(here, ObjectStorage):
        yield from _bucket_issues(proved.version.storage, there, here, target)


def _bucket_issues(address: str, there: ObjectStorage, here: ObjectStorage, target: str) -> Issues:
    # Of AWS, the name of a bucket is one bucket in one region, whoever asks; elsewhere, each endpoint has its own.
    if there.region != here.region and not (there.endpoint or here.endpoint):
        yield (
            f"{address} is on AWS in {there.region}, and {target} looks in {here.region}",
            f"publish the version in {here.region}, under an address that both stacks can read",
        )


def _signature_issues(proved: Proved, target: str, place: Platform, root: Path) -> Issues:
    if not place.signing or any(keys <= place.signing.trusted for keys in _verified_with(proved, root)):
        return
    signing = proved.platform.signing
    how = "verifies signatures with another key" if signing else "verifies no signatures"
    yield (
        f"{target} serves only versions that are signed with its key, and {proved.stack} {how}",
        f"set signing in {proved.stack} to the key of {target}, and deploy it there first",
    )


def _verified_with(proved: Proved, root: Path) -> Iterator[frozenset[bytes]]:
    """Keys of which one has verified the signature of the version: for its pods, and for the registry."""
    if proved.platform.signing:
        yield proved.platform.signing.trusted
    if proved.version.name and proved.platform.registry:
        file = root / proved.platform.registry.public_key
        if file.is_file():
            yield frozenset([der_of(file.read_text(encoding="utf-8"))])
