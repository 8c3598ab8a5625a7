"""What custom resources say of pods: whole pod specs, and single fields that their operators put into pods."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from node import UNKNOWN, JsonValue, Node, Path

_LISTS = ("initContainers", "containers", "ephemeralContainers")
# Fields of a pod spec by which an object is one in parts, with the type that they have there.
_POD_FIELDS: Mapping[str, type] = {
    "hostNetwork": bool,
    "hostPID": bool,
    "hostIPC": bool,
    "hostUsers": bool,
    "automountServiceAccountToken": bool,
    "serviceAccountName": str,
    "priorityClassName": str,
    "nodeName": str,
    "initContainers": list,
    "ephemeralContainers": list,
    "securityContext": dict,
}
_CONTAINER_CONTEXT = frozenset(
    {"privileged", "capabilities", "allowPrivilegeEscalation", "readOnlyRootFilesystem", "procMount"}
)
# Fields of a container, beside which the plainest word is the name of an image, and not of a machine's disk.
_CONTAINER_FIELDS: Mapping[str, type] = {
    **dict.fromkeys(("args", "command", "env", "volumeMounts"), list),
    **dict.fromkeys(("imagePullPolicy", "script"), str),
    "securityContext": dict,
}
# Nothing below these is a pod of its own.
_NOT_ENTERED = frozenset({*_LISTS, "securityContext", "volumes"})


@dataclass(frozen=True, slots=True)
class PodSpec:
    """A pod spec in a custom resource, whole (with a list of containers) or partial, and the metadata beside it."""

    metadata: Node
    spec: Node
    is_partial: bool


def pod_specs(properties: Node) -> Iterator[PodSpec]:
    """Every pod spec below ``properties``; never raises."""
    yield from _found(properties.value, None, properties.path)


def containers_outside_lists(spec: Node) -> tuple[Node, ...]:
    """The partial pod spec itself, where it is a container as well: it names an image or a container's privileges."""
    return (spec,) if isinstance(spec.value, dict) and _is_container(spec.value) else ()


def _found(value: JsonValue, parent: JsonValue, path: Path) -> Iterator[PodSpec]:
    if isinstance(value, dict):
        metadata = Node(parent.get("metadata") if isinstance(parent, dict) else None, (*path[:-1], "metadata"))
        containers = value.get("containers")
        is_whole = isinstance(containers, list) or containers is UNKNOWN
        if is_whole:
            yield PodSpec(metadata, Node(value, path), is_partial=False)
        if _is_container(value) or (not is_whole and _is_part_of_pod(value)):
            yield PodSpec(metadata, Node(_without_lists(value) if is_whole else value, path), is_partial=True)
        for key, item in value.items():
            if key not in _NOT_ENTERED:
                yield from _found(item, value, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _found(item, value, (*path, index))


def _without_lists(value: dict[str, JsonValue]) -> JsonValue:
    """What a whole pod spec says of one more container: the rest of it is judged as a pod."""
    return {key: item for key, item in value.items() if key in ("image", "args", "env", "command")}


def _is_part_of_pod(value: dict[str, JsonValue]) -> bool:
    return _has_one_of(_POD_FIELDS, value) or _has_volumes(value)


def _has_one_of(fields: Mapping[str, type], value: dict[str, JsonValue]) -> bool:
    """Whether ``value`` has one of ``fields``, of the type that it has in a pod, or not known yet."""
    return any(value[each] is UNKNOWN or isinstance(value[each], fields[each]) for each in fields.keys() & value.keys())


def _has_volumes(value: dict[str, JsonValue]) -> bool:
    volumes = value.get("volumes")
    return isinstance(volumes, list) and any(isinstance(each, dict) and "hostPath" in each for each in volumes)


def _is_container(value: dict[str, JsonValue]) -> bool:
    context = value.get("securityContext")
    return _names_image(value) or (isinstance(context, dict) and not _CONTAINER_CONTEXT.isdisjoint(context))


def _names_image(value: dict[str, JsonValue]) -> bool:
    image = value.get("image")
    if not isinstance(image, str) or not image or "://" in image:
        return False
    # A chart's values keep the repository and the tag of an image apart.
    return "/" in image or ":" in image or _has_one_of(_CONTAINER_FIELDS, value)
