"""The Kubernetes objects of a recorded program, with their dependencies."""

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any

from inferencectl.deployer.ignored import Path, path_of
from inferencectl.deployer.keys import ObjectKey
from inferencectl.program.recording import Recording, Resource
from inferencectl.workspace.errors import BAD_INPUT, SandboxError


@dataclass(frozen=True, kw_only=True)
class KubernetesObject:
    """One object to be deployed; `dependencies` are URNs of other objects of the same set.

    `retain` is whether it stays in the cluster when it leaves the program. `secret_keys` are the manifest's top-level
    keys whose values are never shown. `ignored` are the paths of fields that keep their live values once the object
    exists. `timeout_seconds` is how long it may take to become ready, None for the default.
    """

    urn: str
    manifest: Mapping[str, Any]
    dependencies: tuple[str, ...] = ()
    protect: bool = False
    retain: bool = False
    secret_keys: tuple[str, ...] = ()
    ignored: tuple[Path, ...] = ()
    timeout_seconds: float | None = None

    @cached_property
    def key(self) -> ObjectKey:
        """The object's identity in the cluster."""
        return ObjectKey.of(self.manifest)


def kubernetes_objects(recording: Recording) -> tuple[KubernetesObject, ...]:
    """The recording's Kubernetes objects, in the order of registration.

    Dependencies resolve as in Pulumi: a dependency on a component means its objects, and a dependency on a resource
    outside of the cluster means what that depends on. In addition, an object depends on its Namespace, and a custom
    resource on its definition, where the program has them.

    Raises:
        SandboxError: an object has no name or is registered twice, the program uses a feature that only Pulumi's
            provider has, or the dependencies form a cycle.
    """
    graph = _ResourceGraph(recording.resources)
    objects = {
        resource.urn: KubernetesObject(
            urn=resource.urn,
            manifest=_manifest(resource),
            dependencies=tuple(graph.objects_before(resource)),
            protect=resource.protect,
            retain=resource.retain_on_delete,
            secret_keys=resource.secret_keys,
            ignored=tuple(map(path_of, resource.ignore_changes)),
            timeout_seconds=resource.timeout_seconds,
        )
        for resource in recording.resources
        if _is_object(resource)
    }
    _refuse_duplicates(objects.values())
    return tuple(_with_implicit_dependencies(objects.values()))


def plain_objects(recording: Recording) -> tuple[KubernetesObject, ...]:
    """The same without the resources that only Pulumi's provider can deploy, such as Helm releases."""
    plain = (each for each in recording.resources if not _is_for_pulumi_alone(each))
    return kubernetes_objects(replace(recording, resources=tuple(plain)))


def other_than_objects(recording: Recording) -> tuple[Resource, ...]:
    """The resources that only Pulumi's provider can deploy, such as Helm releases."""
    return tuple(filter(_is_for_pulumi_alone, recording.resources))


def waves(objects: Iterable[KubernetesObject]) -> dict[str, int]:
    """The depth of each URN in the dependency graph: 0 for an object without dependencies.

    Raises:
        SandboxError: the dependencies form a cycle.
    """
    dependencies = {item.urn: item.dependencies for item in objects}
    depths: dict[str, int] = {}
    try:
        for urn in TopologicalSorter(dependencies).static_order():
            depths[urn] = 1 + max((depths[needed] for needed in dependencies[urn]), default=-1)
    except CycleError as error:
        cycle = " → ".join(urn.rpartition("::")[2] for urn in error.args[1])
        raise SandboxError(
            f"the dependencies of these resources form a cycle: {cycle}",
            "remove one of the depends_on options or property references",
            exit_code=BAD_INPUT,
        ) from None
    return depths


class _ResourceGraph:
    def __init__(self, resources: Iterable[Resource]) -> None:
        self._by_urn = {resource.urn: resource for resource in resources}
        self._children: dict[str, list[Resource]] = {}
        for resource in self._by_urn.values():
            self._children.setdefault(resource.parent, []).append(resource)

    def objects_before(self, resource: Resource) -> Iterator[str]:
        """Yield the URN of every object that `resource` depends on, each once."""
        parent = self._by_urn.get(resource.parent)
        needed = [*resource.dependencies, *([parent.urn] if parent and parent.custom else [])]
        seen = {resource.urn}
        while needed:
            urn = needed.pop()
            if urn in seen or urn not in self._by_urn:
                continue
            seen.add(urn)
            other = self._by_urn[urn]
            if _is_object(other):
                yield urn
            elif other.custom:
                needed.extend(other.dependencies)
            else:
                needed.extend(child.urn for child in self._children.get(urn, ()))


def _is_object(resource: Resource) -> bool:
    return resource.custom and resource.type.startswith("kubernetes:")


def _is_for_pulumi_alone(resource: Resource) -> bool:
    return _is_object(resource) and not _is_plain(resource)


def _is_plain(resource: Resource) -> bool:
    kind, named = resource.inputs.get("kind"), (resource.inputs.get("metadata") or {}).get("name")
    return bool(kind and resource.inputs.get("apiVersion") and named) and not resource.type.endswith(f":{kind}Patch")


def _manifest(resource: Resource) -> Mapping[str, Any]:
    manifest = resource.inputs
    if not manifest.get("kind") or not manifest.get("apiVersion"):
        raise SandboxError(
            f"{resource.name} ({resource.type}) is not a plain Kubernetes object, and the sandbox deploys only those",
            "deploy this stack with the pulumi command, or leave the resource out of the sandbox's stack",
            exit_code=BAD_INPUT,
        )
    if resource.type.endswith(f":{manifest['kind']}Patch"):
        raise SandboxError(
            f"{resource.name} ({resource.type}) patches an object that it does not own, which the sandbox cannot undo",
            "deploy this stack with the pulumi command, or own the whole object",
            exit_code=BAD_INPUT,
        )
    if not (manifest.get("metadata") or {}).get("name"):
        raise SandboxError(
            f"{resource.name} ({resource.type}) has no metadata.name",
            "name the object: the sandbox does not generate names, and others refer to the object by a stable one",
            exit_code=BAD_INPUT,
        )
    return _with_encoded_strings(manifest) if manifest["kind"] == "Secret" else manifest


def _with_encoded_strings(secret: Mapping[str, Any]) -> Mapping[str, Any]:
    """Move `stringData` to `data`, as Pulumi's provider does: server-side apply cannot own a write-only field."""
    strings = secret.get("stringData")
    if not strings:
        return secret
    encoded = {key: base64.b64encode(text.encode()).decode() for key, text in strings.items()}
    rest = {key: value for key, value in secret.items() if key != "stringData"}
    return {**rest, "data": {**(secret.get("data") or {}), **encoded}}


def _refuse_duplicates(objects: Iterable[KubernetesObject]) -> None:
    owners: dict[ObjectKey, str] = {}
    for item in objects:
        if (other := owners.setdefault(item.key, item.urn)) != item.urn:
            raise SandboxError(
                f"{item.key} is registered twice: by {other} and by {item.urn}",
                "keep one of the two, or rename one",
                exit_code=BAD_INPUT,
            )


def _with_implicit_dependencies(objects: Iterable[KubernetesObject]) -> Iterator[KubernetesObject]:
    namespaces = {item.key.name: item.urn for item in objects if item.key.group_kind == "Namespace"}
    definitions = {defined_kind(item): item.urn for item in objects if defined_kind(item)}
    for item in objects:
        implied = (namespaces.get(item.key.namespace), definitions.get(item.key.group_kind))
        dependencies = dict.fromkeys([*item.dependencies, *filter(None, implied)])
        yield replace(item, dependencies=tuple(dependencies))


def defined_kind(item: KubernetesObject) -> str:
    """The kind that a CustomResourceDefinition defines, as `Kind.group`; "" for any other object."""
    if item.key.group_kind != "CustomResourceDefinition.apiextensions.k8s.io":
        return ""
    spec = item.manifest["spec"]
    return f"{spec['names']['kind']}.{spec['group']}"
