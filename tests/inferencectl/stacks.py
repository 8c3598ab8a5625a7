"""The committed stacks, edited and deployed into a namespace of the test's own on the shared control plane."""

import copy
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kubernetes.client import ApiClient

import settings
from inferencectl.deployer import Deployer, KubernetesObject, Outcome, Plan, kubernetes_objects
from inferencectl.program.recording import Recording, record_program
from tests.inferencectl.rest import Rest

ROOT = Path(__file__).parents[2]

Edit = Callable[[dict[str, Any]], object]


class Stack:
    """A committed stack in ``namespace``, as the pull requests of its platform team would change it."""

    def __init__(self, api: ApiClient, name: str, namespace: str) -> None:
        self.namespace = namespace
        self._name = name
        self._platform: dict[str, Any] = json.loads(
            settings.read_stack_file(ROOT / f"Pulumi.{name}.yaml")["inference:platform"]
        )
        self._platform["namespace"] = namespace
        self._deployer = Deployer(api, namespace)

    @property
    def models(self) -> list[dict[str, Any]]:
        return copy.deepcopy(self._platform["models"])

    def edit(self, change: Edit) -> None:
        change(self._platform)

    def recording(self) -> Recording:
        config = {"inference:platform": json.dumps(self._platform)}
        return record_program(ROOT / "__main__.py", project="inference", stack=self._name, config=config)

    def objects(self) -> tuple[KubernetesObject, ...]:
        return kubernetes_objects(self.recording())

    def up(self) -> Outcome:
        return self._deployer.deploy(self.objects(), lambda _: None)

    def preview(self) -> Plan:
        return self._deployer.preview(self.objects())

    def destroy(self) -> None:
        if any(item.protect for item in self.objects()):
            self.edit(release_volumes)
            self.up()
        self._deployer.destroy(lambda _: None)


def deployed(api: ApiClient, name: str) -> Iterator[Stack]:
    """A committed stack in a namespace of its own, ready; gone in the end."""
    stack = Stack(api, name, fresh_namespace())
    try:
        stack.up()
        yield stack
    finally:
        stack.destroy()


def model(platform: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The entry of a model in the stack's configuration."""
    (found,) = (entry for entry in platform["models"] if entry["name"] == name)
    return found


def release_volumes(platform: Mapping[str, Any]) -> None:
    """Let every volume be deleted."""
    for entry in platform["models"]:
        if "volume" in entry:
            entry["volume"].update(protect=False, whenDeleted="Delete")


def fresh_namespace() -> str:
    """A name that no other test has."""
    return f"stack-{os.urandom(4).hex()}"


def in_namespace(stack: Stack, resource: str, group: str = "") -> str:
    prefix = f"/apis/{group}" if group else "/api/v1"
    return f"{prefix}/namespaces/{stack.namespace}/{resource}"


def pods(rest: Rest, stack: Stack, **labels: str) -> list[dict[str, Any]]:
    found = rest.items(in_namespace(stack, "pods")).values()
    wanted = {f"app.kubernetes.io/{key}": value for key, value in labels.items()}.items()
    return [pod for pod in found if wanted <= pod["metadata"]["labels"].items()]
