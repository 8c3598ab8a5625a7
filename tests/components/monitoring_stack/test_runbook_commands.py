"""The commands of the runbooks run on the real control plane, with models of each kind: what they ask for is there."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pulumi
import pytest
from kubernetes.client import ApiClient

from components import ModelService, MonitoringStack, MonitoringStackArgs
from inferencectl.deployer import plain_objects
from inferencectl.program.recording import Recording, record
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.toolchain.toolchain import Toolchain
from tests.components.monitoring_stack.exported import SERIES
from tests.components.monitoring_stack.promtool import Trial, failures
from tests.components.monitoring_stack.runbook_commands import ROOT, Command, commands
from tests.components.watched import MONITORING, watched_models
from tests.waiting import soon

MODELS: Mapping[str, str] = {
    "ModelScalerFailing": "bert",
    "ModelGpuMemoryHigh": "bert",
    "ModelImportFailed": "speech",
    "ModelReleaseRolledBack": "vision",
    "ModelReleaseStuck": "vision",
}
"""The model that a page is about, where not every model has what it asks for; of the watched ones."""
OF_OTHERS: Mapping[str, str] = {
    "-n KEDA": "KEDA is no part of the sandbox",
    "-n FLAGGER": "Flagger is no part of the sandbox",
    "-n LOGS": "no logs are kept here",
    "reason=Evicted": "there is none while all is well",
    "describe certificate": "cert-manager makes them",
    "certificaterequests": "cert-manager makes them",
    "describe resourcequota": "a part of the namespace, which the component of the namespace makes",
    "MODEL-sampler": "tried with the sampler",
    "component=model-sampler": "tried with the sampler",
}
"""What is not asked for here, by a part of the command, and why."""
SHELL = [each for each in commands() if each.language == "sh"]
KUBECTL = [each for each in SHELL if each.line.startswith("kubectl ")]
RUN = [each for each in KUBECTL if not any(part in each.line for part in OF_OTHERS)]
QUERIES = [each for each in commands() if each.language == "promql"]


@pytest.fixture(scope="module")
def kubectl(control_plane: Cluster, tools: Toolchain) -> Kubectl:
    return Kubectl(executable=tools.kubectl, kubeconfig=control_plane.kubeconfig)


NAMESPACE, PRIORITY = "runbooks", "runbooks"


@pytest.fixture(scope="module")
def watched(kubectl: Kubectl, api_client: ApiClient) -> Iterator[Mapping[str, str]]:
    """A namespace with models of each kind, whose pods run on simulated nodes, and the names that pages leave open."""

    def program() -> None:
        served = {name: each for name, each in watched_models(NAMESPACE).items() if name in {"mnist", *MODELS.values()}}
        for name, args in served.items():
            own = replace(args, priority_class_name=PRIORITY)
            ModelService(name, own, pulumi.ResourceOptions())
        MonitoringStack("monitoring", MonitoringStackArgs.of(MONITORING, [*served.values()]), pulumi.ResourceOptions())

    kubectl.run("create", "namespace", NAMESPACE)
    kubectl.run("create", "priorityclass", PRIORITY, "--value=1")
    try:
        yield _placed(kubectl, record(program, project="inference", stack="test"))
    finally:
        # Other tests of the control plane need the room on its nodes.
        kubectl.run("delete", "namespace", NAMESPACE)
        kubectl.run("delete", "priorityclass", PRIORITY)


def _placed(kubectl: Kubectl, recording: Recording) -> Mapping[str, str]:
    kubectl.run("-n", NAMESPACE, "create", "role", "reader", "--verb=get", "--resource=pods")
    kubectl.run("-n", NAMESPACE, "create", "rolebinding", "reader", "--role=reader", "--user=somebody")
    kubectl.apply_objects([each.manifest for each in plain_objects(recording)])

    def placed() -> list[tuple[str, str]]:
        listed = kubectl.run("-n", NAMESPACE, "get", "pods", "-l", "app.kubernetes.io/name=mnist", "-o", "json")
        found = [(each["metadata"]["name"], each["spec"].get("nodeName", "")) for each in json.loads(listed)["items"]]
        return [each for each in found if all(each)]

    pod, node = soon(placed, "pods of the model have a node")[0]
    job = kubectl.run("-n", NAMESPACE, "get", "jobs", "-o", "name").strip().removeprefix("job.batch/")
    return {"POD": pod, "NODE": node, "JOB": job, "NAMESPACE": NAMESPACE}


@pytest.mark.parametrize("command", RUN, ids=str)
def test_a_command_finds_what_it_asks_for(command: Command, kubectl: Kubectl, watched: Mapping[str, str]) -> None:
    names = {**watched, "MODEL": MODELS.get(command.page, "mnist")}
    line = re.sub(r"\b[A-Z]{3,}\b", lambda found: names[found[0]], command.line.partition(" | ")[0])
    assert kubectl.run(*_asked(shlex.split(line)[1:])).strip()


def _asked(arguments: list[str]) -> list[str]:
    """The same, or what it is about: simulated nodes have no logs, and nobody measures their pods."""
    if "top" in arguments:
        return ["get" if each == "top" else each for each in arguments]
    if "logs" not in arguments:
        return arguments
    kept = [each for each in arguments if not each.startswith(("--tail", "--prefix", "--all-containers"))]
    place = kept.index("logs")
    named = "/" in kept[place + 1]
    return [*kept[:place], "get", *([] if named else ["pods"]), *kept[place + 1 :]]


@pytest.mark.parametrize("command", SHELL, ids=str)
def test_a_command_is_one_of_the_platforms(command: Command) -> None:
    program, *rest = command.line.split()
    assert program in {"kubectl", "make"}
    if program == "make":
        assert re.search(rf"^{rest[0]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_what_is_not_run_is_there() -> None:
    assert all(any(part in each.line for each in KUBECTL) for part in OF_OTHERS)


@pytest.mark.parametrize("command", QUERIES, ids=str)
def test_a_query_can_be_asked(command: Command, promtool: Path, tmp_path: Path) -> None:
    assert set(re.findall(r"([a-zA-Z_:][\w:]*)\{", command.line)) <= SERIES.keys()
    rule = {"record": "asked", "expr": command.line}
    assert failures(promtool, [Trial(rules=[rule], tests=[]).written(tmp_path)]) == ""
