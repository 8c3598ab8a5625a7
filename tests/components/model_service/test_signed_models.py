"""A stack that names a public key: its pods and import Jobs have it, the policies are content, and prod asks for it."""

import json
from pathlib import Path
from typing import Any

import pytest

from components import ModelService
from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.policy_check.finding import Finding
from inferencectl.program.recording import Resource, record
from inferencectl.workspace.project import Project
from settings import Signing, load, read_stack_file
from tests.components.model_service.signing import PUBLIC_KEY, SIGNING
from tests.components.models import MODELS, model, service_args
from tests.registry.models import Keys

ROOT = Path(__file__).parents[3]
KEY_VARIABLE = "MODEL_SIGNATURE_KEY"


def recorded(kind: str, signing: Signing | None, **fields: Any) -> list[Resource]:
    def program() -> None:
        ModelService("one", service_args(model(**MODELS[kind], **fields), signing=signing))

    return list(record(program, project="inference", stack="test").resources)


def findings(resources: list[Resource], configuration: Path) -> list[Finding]:
    with Analyzer(ROOT / "policies", "inference", "prod", configuration) as pack:
        return [finding for finding in pack.analyze_each(resources) if finding.rule == "S03"]


def pods(resources: list[Resource]) -> dict[str, Any]:
    """The pods by the names of their workloads."""
    return {
        each.inputs["metadata"]["name"]: each.inputs["spec"]["template"]["spec"]
        for each in resources
        if each.inputs.get("kind") in ("Deployment", "StatefulSet", "Job")
    }


def verifiers(resources: list[Resource]) -> dict[str, dict[str, Any]]:
    """The environment of every container that verifies a model, by the name of its workload."""
    return {
        name: {variable["name"]: variable["value"] for variable in container["env"]}
        for name, pod in pods(resources).items()
        for container in (pod.get("initContainers") or pod["containers"])
    }


@pytest.mark.parametrize("kind", ["plain", "volume", "stateful"])
def test_whatever_verifies_a_model_has_the_key(kind: str) -> None:
    signed = verifiers(recorded(kind, SIGNING))
    assert len(signed) == (2 if kind == "volume" else 1)
    assert {environment[KEY_VARIABLE] for environment in signed.values()} == {PUBLIC_KEY}
    assert not any(KEY_VARIABLE in environment for environment in verifiers(recorded(kind, None)).values())


def test_several_keys_are_one_text_with_what_is_said_of_each(tmp_path: Path) -> None:
    second = Keys.made_in(tmp_path).public.read_text(encoding="utf-8")
    keys = [{"name": "old", "publicKey": PUBLIC_KEY, "notAfter": "2999-12-31"}, {"name": "new", "publicKey": second}]
    signed = verifiers(recorded("plain", Signing.model_validate({"keys": keys})))
    (text,) = {environment[KEY_VARIABLE] for environment in signed.values()}
    assert text == f"{PUBLIC_KEY}name: old\nnotAfter: 2999-12-31\n{second}name: new\n"
    configuration = tmp_path / "policies.json"
    configuration.write_text(json.dumps({"rules": {"requireSignature": "mandatory"}}))
    assert findings(recorded("plain", Signing.model_validate({"keys": keys})), configuration) == []


def test_a_model_is_imported_again_for_another_key() -> None:
    jobs = [
        {name for name in verifiers(recorded("volume", signing)) if "import" in name}
        for signing in (None, SIGNING, Signing(public_key=PUBLIC_KEY.rstrip("\n")))
    ]
    assert len(set.union(*jobs)) == 3


@pytest.mark.parametrize("kind", ["plain", "volume"])
def test_a_model_can_have_credentials_that_read_it_alone(kind: str) -> None:
    def secrets(**fields: Any) -> set[str]:
        return {
            volume["secret"]["secretName"]
            for pod in pods(recorded(kind, None, **fields)).values()
            for volume in pod["volumes"]
            if "secret" in volume
        }

    assert secrets() == {"model-storage"}
    assert secrets(credentials_secret="mnist-storage") == {"mnist-storage"}


def test_the_policies_demand_the_signature_where_the_stack_says_so(tmp_path: Path) -> None:
    configuration = tmp_path / "policies.json"
    configuration.write_text(json.dumps({"rules": {"requireSignature": "mandatory"}}))
    reported = findings(recorded("volume", None), configuration)
    assert {(finding.level, finding.found) for finding in reported} == {
        ("mandatory", f"no environment variable {KEY_VARIABLE}")
    }
    assert len(reported) == 2
    assert findings(recorded("volume", SIGNING), configuration) == []


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_a_committed_stack_that_has_a_key_demands_it(stack: str) -> None:
    project = Project(ROOT)
    platform = load(stack, read_stack_file(project.stack_file(stack)))
    rules = json.loads((ROOT / "policies" / "config" / f"{stack}.json").read_text(encoding="utf-8"))["rules"]
    assert (rules.get("requireSignature") == "mandatory") is (platform.signing is not None)
