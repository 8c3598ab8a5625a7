"""What the pods of a model have, and whom they reach, where its files are in each cloud."""

# The fields of typed arguments may hold outputs, so each step into one is an error to the type checker; here they are
# plain values.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false
# pyright: reportOptionalIterable=false, reportGeneralTypeIssues=false, reportOptionalSubscript=false
# pyright: reportIndexIssue=false

from collections.abc import Sequence

import pytest

from components.model_sampling.manifests import reference_script
from components.model_service.args import ModelServiceArgs
from components.model_service.manifests import network, workload
from components.model_verification.manifests import fetch_script
from components.object_storage import remote_script
from settings.cluster.storage.storage import Storage
from tests.components.model_service.test_storage_identity import storage_of as in_s3
from tests.components.models import MODELS, model, service_args, version
from tests.components.object_storage.test_azblob import storage_of as in_azure
from tests.components.object_storage.test_gs import POOL
from tests.components.object_storage.test_gs import storage_of as in_google

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
