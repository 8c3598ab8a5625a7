"""What comes before what: a namespace is closed before a model is in it, and a volume is filled before it is served."""

from collections.abc import Callable

import pulumi
import pytest

from components import AdmissionPolicies, AdmissionPoliciesArgs, ModelNamespace, ModelNamespaceArgs, ModelService
from inferencectl.deployer import KubernetesObject, kubernetes_objects
from inferencectl.deployer.objects import waves
from inferencectl.program.recording import record
from settings import Admission, AdmissionAction, Quota
from tests.components.models import MODELS, model, service_args, version

QUOTA = Quota(cpu="64", memory="256Gi", storage="100Gi", gpus=4, pods=100)


def depths(program: Callable[[], None]) -> dict[tuple[str, str], int]:
    """How deep each object is in the order of deployment, by kind and name."""
    objects = kubernetes_objects(record(program, project="inference", stack="test"))
    depth = waves(objects)
    return {_kind_and_name(item): depth[item.urn] for item in objects}


def _kind_and_name(item: KubernetesObject) -> tuple[str, str]:
    return item.key.kind, item.key.name


def test_a_model_comes_after_the_policies_that_close_its_namespace() -> None:
    def program() -> None:
        namespace = ModelNamespace("models", ModelNamespaceArgs(namespace="models", quota=QUOTA))
        ModelService("mnist", service_args(namespace=namespace.namespace))

    depth = depths(program)
    closed = max(depth["NetworkPolicy", "default-deny"], depth["NetworkPolicy", "allow-dns"])
    assert depth["Namespace", "models"] < closed
    of_model = {key: value for key, value in depth.items() if key[1].startswith("mnist")}
    assert len(of_model) == 8
    assert min(of_model.values()) > closed


@pytest.mark.parametrize(("action", "policies"), [(AdmissionAction.DENY, 5), (AdmissionAction.NONE, 0)])
def test_a_model_comes_after_the_policies_that_judge_it(action: AdmissionAction, policies: int) -> None:
    def program() -> None:
        args = AdmissionPoliciesArgs(namespace="models", admission=Admission(action=action))
        ModelService("mnist", service_args(namespace=AdmissionPolicies("admission", args).namespace))

    depth = depths(program)
    before = [value for (kind, _), value in depth.items() if kind.startswith("ValidatingAdmissionPolicy")]
    assert len(before) == 2 * policies
    assert min(value for (_, name), value in depth.items() if name.startswith("mnist")) > max(before, default=-1)


@pytest.mark.parametrize(
    ("exposure", "entrance"),
    [("cluster-ip", "Service"), ("gateway", "HTTPRoute"), ("ingress", "Ingress")],
)
def test_clients_are_sent_to_the_versions_once_all_of_them_are_ready(exposure: str, entrance: str) -> None:
    versions = (version(1, 100), version(2, 0))

    def program() -> None:
        ModelService("mnist", service_args(model(versions=versions, exposure=exposure)))

    depth = depths(program)
    servers = [value for (kind, _), value in depth.items() if kind == "Deployment"]
    addresses = [depth["Service", f"mnist-v{number}"] for number in (1, 2)]
    assert len(servers) == 2
    assert min(addresses) > max(servers)
    assert depth["Service", "mnist"] > max(addresses)
    assert depth[entrance, "mnist"] > max(addresses)


def test_servers_come_after_every_import_of_their_volume() -> None:
    versions = (version(1, 100), version(2, 0))

    def program() -> None:
        ModelService("mnist", service_args(model(versions=versions, **MODELS["volume"])), pulumi.ResourceOptions())

    depth = depths(program)
    imports = [value for (kind, _), value in depth.items() if kind == "Job"]
    servers = [value for (kind, _), value in depth.items() if kind == "Deployment"]
    assert len(imports) == len(servers) == 2
    assert min(servers) > max(imports)
