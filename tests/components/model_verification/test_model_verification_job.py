"""The verification of a stack on a real control plane: its Job is made by the real controller and passes admission."""

from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest
from kubernetes.client import ApiClient

from components import ModelVerification, ModelVerificationArgs
from inferencectl.deployer import Deployer, kubernetes_objects
from inferencectl.program.recording import record
from settings import Admission, Verification
from tests.components.models import MODELS, TOOLS_IMAGE, model, service_args
from tests.inferencectl.rest import NAMESPACES, Rest, jobs
from tests.policies.admission import GuardedNamespace, guarded_namespace

Eventually = Callable[[Callable[[], object]], object]

TRUSTED = ("docker.io/rclone/rclone", "registry.example/inference")
RESTRICTED = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")}


@pytest.fixture
def guarded(api_client: ApiClient) -> Iterator[GuardedNamespace]:
    with guarded_namespace(api_client, Admission(registries=TRUSTED)) as made:
        yield made


def deploy(api: ApiClient, namespace: str) -> None:
    def program() -> None:
        verification = Verification(schedule="0 0 1 1 *", image=TOOLS_IMAGE)
        args = ModelVerificationArgs.of(verification, [service_args(model(**MODELS["gateway"]), namespace)])
        ModelVerification("verification", args, pulumi.ResourceOptions())

    recording = record(program, project="inference", stack=namespace)
    Deployer(api, namespace).deploy(kubernetes_objects(recording), lambda _: None)


def pods_of(rest: Rest, job: str, namespace: str) -> list[dict[str, Any]]:
    pods = rest.get(f"/api/v1/namespaces/{namespace}/pods?labelSelector=job-name={job}")
    return pods["items"]


def test_a_run_is_admitted_and_comes_to_its_end(
    api_client: ApiClient, guarded: GuardedNamespace, rest: Rest, eventually: Eventually
) -> None:
    namespace = guarded.namespace
    rest.merge(f"{NAMESPACES}/{namespace}", {"metadata": {"labels": RESTRICTED}})
    secret = {"metadata": {"name": "model-storage"}, "stringData": {"accessKeyId": "a", "secretAccessKey": "b"}}
    rest.post(f"/api/v1/namespaces/{namespace}/secrets", secret)
    deploy(api_client, namespace)
    cron_job = rest.get(f"/apis/batch/v1/namespaces/{namespace}/cronjobs/verification")
    # As `kubectl create job --from=cronjob/verification` does.
    rest.post(jobs(namespace), {"metadata": {"name": "now"}, "spec": cron_job["spec"]["jobTemplate"]["spec"]})

    def is_complete() -> bool:
        status = rest.get(f"{jobs(namespace)}/now")["status"]
        return any(each["type"] == "Complete" and each["status"] == "True" for each in status.get("conditions", []))

    eventually(is_complete)
    (pod,) = pods_of(rest, "now", namespace)
    assert pod["spec"]["nodeName"]
    assert pod["spec"]["serviceAccountName"] == "verification"
    assert [container["name"] for container in pod["spec"]["initContainers"]] == ["fetch-expectations"]
    policy = rest.get(f"/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies/verification")
    selector = policy["spec"]["podSelector"]["matchLabels"]
    assert selector.items() <= pod["metadata"]["labels"].items()
