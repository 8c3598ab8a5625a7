"""Models that are read by a role: a real shell and rclone, with a token service and storage over TLS on loopback."""

# The fields of typed arguments may hold outputs, so each step into one is an error to the type checker; here they are
# plain values.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false
# pyright: reportOptionalIterable=false, reportGeneralTypeIssues=false, reportOptionalSubscript=false
# pyright: reportIndexIssue=false

import re
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import trustme
from kubernetes.client import ApiClient

from components.model_service.manifests import network, workload
from inferencectl.deployer import Deployer, kubernetes_objects
from inferencectl.policy_check.verdict import analyzer_of, judge
from inferencectl.program.recording import record_program
from inferencectl.workspace.project import Project
from settings import ModelMesh, ObjectStorage
from settings.cluster.storage.s3 import RoleIdentity
from tests.components.model_service.published_model import PublishedModel, files_in
from tests.components.models import MESH, MODELS, model, service_args, version
from tests.components.object_storage.copying_pod import TOKEN, CopyingPod
from tests.s3_server import REGION, Fault, S3Server
from tests.settings.settings_stack import DELETED, MNIST, ROOT, edited, problems

FILES: Mapping[str, bytes] = {"saved_model.pb": b"graph", "variables/variables.index": b"index"}
ROLE, OWN_ROLE = (f"arn:aws:iam::123456789012:role/{name}" for name in ("models", "mnist"))
IDENTITY = {"role": ROLE, "cidrs": ["198.51.100.7/32"]}
VERIFICATION = {"schedule": "*/15 * * * *", "image": f"docker.io/rclone/tools@sha256:{'7' * 64}"}
STACK = {"storage.credentialsSecret": DELETED, "storage.identity": IDENTITY}


NETWORKS = {"cidrs": ("192.0.2.0/24",)}


def storage_of(url: str | None, **given: Any) -> ObjectStorage:
    identity = RoleIdentity(role=ROLE, endpoint=url, cidrs=("198.51.100.7/32",))
    return ObjectStorage(
        **{"endpoint": url, "region": REGION, "identity": identity, **({} if "pods" in given else NETWORKS), **given}
    )


@dataclass
class Guarded:
    """Storage that answers nobody but who has taken a role, and the token service that gives it."""

    url: str
    plain: S3Server
    authority: Path
    refuses: bool = False
    taken: list[Mapping[str, str]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    def allows(self, request: Mapping[str, Any]) -> bool:
        if (request["REQUEST_METHOD"], request["PATH_INFO"]) == ("POST", "/"):
            return True
        credential = re.search("Credential=([^/]+)/", request.get("HTTP_AUTHORIZATION", ""))
        self.keys.add(credential[1] if credential else "")
        return "HTTP_X_AMZ_SECURITY_TOKEN" in request

    def token_service(self, method: str, path: str) -> Fault | None:
        return self.gives if (method, path) == ("POST", "/") else None

    def gives(self, request: dict[str, Any], start: Any, carry_out: Callable[[Any], list[bytes]]) -> Iterable[bytes]:
        asked = request["wsgi.input"].read(int(request["CONTENT_LENGTH"]))
        self.taken.append({name: values[0] for name, values in parse_qs(asked.decode()).items()})
        if self.refuses:
            start("403 Forbidden", [("Content-Type", "application/xml")])
            return [b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"]
        request["wsgi.input"] = BytesIO(asked)
        return carry_out(start)


@pytest.fixture
def guarded(s3_server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guarded]:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    certificates = tmp_path / "authority" / "ca.crt"
    certificates.parent.mkdir()
    authority.cert_pem.write_to_path(certificates)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificates))
    with S3Server(context).running() as server:
        made = Guarded(url=server.url, plain=s3_server, authority=certificates.parent)
        server.allows, server.fault = made.allows, made.token_service
        yield made


def pod(guarded: Guarded, home: Path, role: str | None = None) -> CopyingPod:
    published = PublishedModel.of(guarded.plain, home, FILES)
    served = model(versions=(version(1).model_copy(update={"sha256": published.pod.sha256}),), storage_role=role)
    of = storage_of(guarded.url, ca_config_map="storage-ca")
    return CopyingPod(service_args(served, storage=of), home, guarded.authority)


@pytest.mark.parametrize("role", [None, OWN_ROLE], ids=["the stack's role", "a role of its own"])
def test_a_model_is_copied_by_a_role_and_no_key_that_stays(guarded: Guarded, tmp_path: Path, role: str | None) -> None:
    done = pod(guarded, tmp_path, role).fetch()
    assert done.returncode == 0, done.stderr
    copied = files_in(tmp_path / "models" / "mnist" / "1")
    copied.pop("SHA256SUMS")
    assert copied == dict(FILES)
    assert {taken["RoleArn"] for taken in guarded.taken} == {role or ROLE}
    assert {taken["WebIdentityToken"] for taken in guarded.taken} == {TOKEN}
    assert guarded.keys
    # Keys of AWS that end begin with this, and those that stay with AKIA.
    assert {key[:4] for key in guarded.keys} == {"ASIA"}


def test_a_role_that_is_refused_is_a_clear_error(guarded: Guarded, tmp_path: Path) -> None:
    guarded.refuses = True
    done = pod(guarded, tmp_path).fetch()
    assert done.returncode == 1
    assert "it cannot be copied from object storage" in done.stderr
    assert "AssumeRoleWithWebIdentity" in done.stderr
    assert not guarded.keys


def test_only_who_copies_has_the_token_and_the_cluster_does_not_take_it() -> None:
    of = service_args(model(), storage=storage_of(None)).served[0]
    template = workload.deployment(of).spec.template.spec
    (volume,) = (each for each in template.volumes if each.projected)
    (source,) = volume.projected.sources
    assert source.service_account_token.audience == "sts.amazonaws.com"
    assert source.service_account_token.expiration_seconds == 3600
    assert not template.automount_service_account_token
    assert [mount.name for each in template.init_containers for mount in each.volume_mounts].count(volume.name) == 1
    assert volume.name not in {mount.name for each in template.containers for mount in each.volume_mounts}
    assert not [each for each in template.volumes if each.secret]


def test_whoever_copies_reaches_storage_and_the_token_service_and_nothing_else() -> None:
    identity = RoleIdentity(role=ROLE, endpoint="https://sts.example:8443", cidrs=("198.51.100.7/32",))
    of = storage_of("https://storage.example:9000", identity=identity)
    served, imported = (service_args(model(**more), storage=of) for more in ({}, MODELS["volume"]))
    for policy in (network.server_policy(served), network.import_policy(imported)):
        ways = [(rule.to[0].ip_block.cidr, rule.ports[0].port) for rule in policy.spec.egress]
        assert ways == [("192.0.2.0/24", 9000), ("198.51.100.7/32", 8443)]
    assert network.server_policy(imported).spec.egress == []


def test_a_proxy_leaves_both_alone() -> None:
    identity = RoleIdentity(role=ROLE, endpoint="https://sts.example:8443", cidrs=("198.51.100.7/32",))
    meshed = model(mesh=ModelMesh(callers=("shop",)))
    of = service_args(meshed, storage=storage_of(None, identity=identity), mesh=MESH).served[0]
    annotations = workload.deployment(of).spec.template.metadata.annotations
    assert annotations["traffic.sidecar.istio.io/excludeOutboundPorts"] == "443,8443"


def test_a_whole_stack_is_accepted_by_the_api_server_and_the_pack(api_client: ApiClient) -> None:
    edits = {**STACK, "verification": VERIFICATION}
    recording = record_program(ROOT / "__main__.py", project="inference", stack="dev", config=edited(edits))
    objects = kubernetes_objects(recording)
    assert len(Deployer(api_client, "storage-identity").preview(objects).changes) == len(objects)
    assert judge(analyzer_of(Project(ROOT), "dev"), recording).violations == ()


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ({"storage.credentialsSecret": DELETED}, ".storage.credentialsSecret: missing; expected the name of a Secret"),
        (
            {"storage.identity": IDENTITY},
            ".storage.identity: set beside credentialsSecret; expected keys or an identity",
        ),
        ({**STACK, "storage.identity": {**IDENTITY, "role": "models"}}, r".storage.identity.role: .*the ARN of a role"),
        ({**STACK, "storage.identity": {"role": ROLE}}, ".storage.identity.cidrs: missing"),
        ({**STACK, "storage.identity": {**IDENTITY, "endpoint": "http://sts"}}, ".storage.identity.endpoint: "),
        ({**STACK, "storage.identity": {**IDENTITY, "audience": "a b"}}, ".storage.identity.audience: "),
        (
            {**STACK, "models.0.credentialsSecret": "own"},
            f"{MNIST}.credentialsSecret: not shown; expected no credentialsSecret, as the stack",
        ),
        ({"models.0.storageRole": OWN_ROLE}, f"{MNIST}.storageRole: has no effect without storage.identity"),
    ],
)
def test_what_is_refused(edits: Mapping[str, Any], said: str) -> None:
    (problem,) = problems(edits)
    assert re.search(re.escape(said).replace(r"\.\*", ".*"), problem), problem
