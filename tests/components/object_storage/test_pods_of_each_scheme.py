"""What the pods of a model have, and whom they reach, where its files are in each cloud."""

# The fields of typed arguments may hold outputs, so each step into one is an error to the type checker; here they are
# plain values.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false
# pyright: reportOptionalIterable=false, reportGeneralTypeIssues=false, reportOptionalSubscript=false
# pyright: reportIndexIssue=false

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from components.model_sampling.manifests import reference_script
from components.model_service.args import ModelServiceArgs
from components.model_service.manifests import network, workload
from components.model_verification.manifests import fetch_script
from components.object_storage import remote_script
from settings.cluster.storage.place import StoragePods
from settings.cluster.storage.storage import Storage
from settings.cluster.storage.web import WebStorage
from tests.components.model_service.test_storage_identity import storage_of as in_s3
from tests.components.models import MODELS, model, service_args, version
from tests.components.object_storage.test_azblob import storage_of as in_azure
from tests.components.object_storage.test_gs import POOL
from tests.components.object_storage.test_gs import storage_of as in_google
from tests.settings.settings_storage import IN_CLUSTER, WEB

EACH = {
    "s3": (in_s3(None), "sts.amazonaws.com", [("192.0.2.0/24", 443), ("198.51.100.7/32", 443)]),
    "gs": (in_google(), POOL, [("199.36.153.8/30", 443)]),
    "azblob": (in_azure(), "api://AzureADTokenExchange", [("192.0.2.0/24", 443), ("198.51.100.7/32", 443)]),
}
each_scheme = pytest.mark.parametrize(("storage", "audience", "ways"), EACH.values(), ids=EACH)
Ways = Sequence[tuple[str, int]]


def args_in(storage: Storage, kind: str = "") -> ModelServiceArgs:
    stored = version(1).model_copy(update={"storage": f"{storage.type}://models/mnist/1"})
    keys = {**(MODELS[kind] if kind else {}), "versions": (stored,)}
    return service_args(model(**keys), storage=storage)


@each_scheme
def test_only_who_copies_has_the_token(storage: Storage, audience: str, ways: Ways) -> None:
    del ways
    template = workload.deployment(args_in(storage).served[0]).spec.template
    (volume,) = (each for each in template.spec.volumes if each.projected)
    (source,) = volume.projected.sources
    assert source.service_account_token.audience == audience
    assert source.service_account_token.expiration_seconds == 3600
    mounted = [mount.name for each in template.spec.init_containers for mount in each.volume_mounts]
    assert mounted.count(volume.name) == 1
    assert volume.name not in {mount.name for each in template.spec.containers for mount in each.volume_mounts}
    # What would have a cloud's webhook give it to every container.
    marks = [*(template.metadata.labels or {}), *(template.metadata.annotations or {})]
    assert not [name for name in marks if "azure" in name or "iam.gke" in name or "amazonaws" in name]


@each_scheme
def test_whoever_copies_reaches_its_cloud_and_nothing_else(storage: Storage, audience: str, ways: Ways) -> None:
    del audience
    served, imported = args_in(storage), args_in(storage, "volume")
    for policy in (network.server_policy(served), network.import_policy(imported)):
        assert [(rule.to[0].ip_block.cidr, rule.ports[0].port) for rule in policy.spec.egress] == ways
    assert network.server_policy(imported).spec.egress == []


@each_scheme
def test_a_document_of_a_version_is_copied_as_well(storage: Storage, audience: str, ways: Ways) -> None:
    """By what verifies and samples, with the same shell before rclone."""
    del audience, ways
    before = remote_script(storage)
    for script in (fetch_script("DOCUMENT", storage), reference_script(storage)):
        assert before in script
        assert ("accessKeyId" in script) is (storage.type == "s3")


def in_a_web_server(given: Mapping[str, Any]) -> ModelServiceArgs:
    storage = WebStorage.model_validate(given, by_alias=True)
    stored = version(1).model_copy(update={"storage": f"{storage.endpoint}/mnist/1"})
    return service_args(model(versions=(stored,)), storage=storage)


@pytest.mark.parametrize("secret", ["model-server", None])
def test_only_who_copies_has_the_credentials_of_a_web_server(secret: str | None) -> None:
    given = {**WEB, "credentialsSecret": secret, "authentication": "basic" if secret else "bearer"}
    spec = workload.deployment(in_a_web_server(given).served[0]).spec.template.spec
    secrets = {each.name: each.secret for each in spec.volumes if each.secret}
    assert [each.secret_name for each in secrets.values()] == ([secret] if secret else [])
    assert [item.key for each in secrets.values() for item in each.items] == (
        ["username", "password"] if secret else []
    )
    (copying,) = spec.init_containers
    assert secrets.keys() <= {mount.name for mount in copying.volume_mounts}
    assert not secrets.keys() & {mount.name for each in spec.containers for mount in each.volume_mounts}


def test_a_model_may_have_credentials_of_its_own() -> None:
    args = in_a_web_server(WEB)
    own = replace(args, model=args.model.model_copy(update={"credentials_secret": "own"}))
    spec = workload.deployment(own.served[0]).spec.template.spec
    assert [each.secret.secret_name for each in spec.volumes if each.secret] == ["own"]


def test_a_web_server_is_reached_and_nothing_else() -> None:
    (rule,) = network.server_policy(in_a_web_server(WEB)).spec.egress
    assert ([each.ip_block.cidr for each in rule.to], [each.port for each in rule.ports]) == (["192.0.2.0/28"], [8443])


def test_pods_in_the_cluster_are_reached_by_their_namespace_and_labels() -> None:
    (rule,) = network.server_policy(in_a_web_server(IN_CLUSTER)).spec.egress
    (peer,) = rule.to
    assert peer.namespace_selector.match_labels == {"kubernetes.io/metadata.name": "web"}
    assert peer.pod_selector.match_labels == {"app.kubernetes.io/name": "models"}
    assert [each.port for each in rule.ports] == [8080, 80]
    minio = in_s3("https://minio.web.svc:9000", pods=StoragePods.model_validate(IN_CLUSTER["pods"]))
    (to_pods, to_role) = network.server_policy(args_in(minio)).spec.egress
    assert [each.port for each in to_pods.ports] == [9000, 80]
    assert to_role.to[0].ip_block.cidr == "198.51.100.7/32"
