"""S01 and S02: which images may run."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from configuration import Level
from node import Node
from rule import Check, Outcome, Rule, Severity, Violation, all_of, for_containers, for_parts
from rules.pod_security_baseline import volumes
from scope import PODS
from subject import Resource
from workloads import Container

# The algorithms that the OCI's image specification registers.
_DIGEST = re.compile(r"(?:sha256|blake3):[0-9a-f]{64}|sha512:[0-9a-f]{128}")


def _container_image(container: Container) -> Iterator[Node]:
    image = container.node.get("image")
    # An operator fills in the images that its custom resources leave out.
    if image.is_set() or not container.pod.is_custom():
        yield image


def _volume_image(volume: Node) -> Iterator[Node]:
    if volume.get("image").is_set():
        yield volume.get("image").get("reference")


def _is_tagged(image: Node) -> Iterator[Violation]:
    name, _, digest = (image.text() or "").partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    if not name or tag == "latest" or not (tag or digest):
        yield Violation.of(image, "Name the image with the tag of one release.")


def _is_pinned(image: Node, level: Level) -> Iterator[Violation]:
    digest = (image.text() or "").partition("@")[2]
    if not _DIGEST.fullmatch(digest):
        yield Violation.of(image, "Add the digest to the image: name:tag@sha256:…", level)


def _pinned(resource: Resource) -> Iterator[Outcome]:
    is_pinned = partial(_is_pinned, level=resource.configuration.require_digest)
    yield from _images(_is_tagged, is_pinned)(resource)


def _published(resource: Resource) -> Iterator[Outcome]:
    yield from _images(partial(_is_from, registries=resource.configuration.registries))(resource)


def _is_from(image: Node, registries: Sequence[str]) -> Iterator[Violation]:
    repository = _repository(image.text() or "")
    if repository and not any(repository == each or repository.startswith(f"{each}/") for each in registries):
        yield Violation.of(image)


def _repository(image: str) -> str:
    """The image's full name, without tag and digest, as a container runtime completes it."""
    name = image.partition("@")[0]
    directory, slash, last = name.rpartition("/")
    name = f"{directory}{slash}{last.partition(':')[0]}"
    host = name.partition("/")[0]
    if "/" in name and ("." in host or ":" in host or host == "localhost"):
        return name
    return f"docker.io/{name}" if "/" in name else name and f"docker.io/library/{name}"


def _images(*checks: Callable[[Node], Iterator[Violation]]) -> Check:
    def of_container(container: Container) -> Iterator[Violation]:
        for image in _container_image(container):
            for check in checks:
                yield from check(image)

    def of_volume(volume: Node) -> Iterator[Violation]:
        for image in _volume_image(volume):
            for check in checks:
                yield from check(image)

    return all_of(for_containers(of_container), for_parts([volumes], of_volume))


RULES = (
    Rule(
        id="S01",
        title="Images are pinned",
        why="A tag can point to other content after its review. A digest cannot, so the image that was reviewed is "
        "the one that runs.",
        severity=Severity.HIGH,
        remedy="Set image to name:tag@sha256:…, never to latest.",
        check=Check(PODS, _pinned),
    ),
    Rule(
        id="S02",
        title="Images come from trusted registries",
        why="Anyone can publish an image under a similar name. Only the publishers that a stack trusts should run "
        "code in the cluster.",
        severity=Severity.HIGH,
        remedy="Use an image from one of the registries in the policy configuration, or add its registry there.",
        check=Check(PODS, _published),
    ),
)
