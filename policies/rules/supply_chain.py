"""S01: which images may run."""

import re
from collections.abc import Iterator
from functools import partial

from configuration import Level
from node import Node
from rule import Outcome, Rule, Severity, Violation, all_of, for_containers, for_parts
from rules.pod_security_baseline import volumes
from subject import Resource
from workloads import Container

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


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


def _images(resource: Resource) -> Iterator[Outcome]:
    is_pinned = partial(_is_pinned, level=resource.configuration.require_digest)

    def of_container(container: Container) -> Iterator[Violation]:
        for image in _container_image(container):
            yield from _is_tagged(image)
            yield from is_pinned(image)

    def of_volume(volume: Node) -> Iterator[Violation]:
        for image in _volume_image(volume):
            yield from _is_tagged(image)
            yield from is_pinned(image)

    yield from all_of(for_containers(of_container), for_parts([volumes], of_volume))(resource)


RULES = (
    Rule(
        id="S01",
        title="Images are pinned",
        severity=Severity.HIGH,
        remedy="Set image to name:tag@sha256:…, never to latest.",
        check=_images,
    ),
)
