"""Models in Google Cloud Storage: a real shell and rclone, an emulator of the storage, and a stand-in that exchanges
tokens as Google's does."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs
from urllib.request import Request as Ask
from urllib.request import urlopen

import pytest
from gcp_storage_emulator.server import create_server

from components.object_storage import remote_environment
from settings.cluster.storage.gs import GoogleIdentity, GoogleStorage
from tests.components.model_service.published_model import listing_of
from tests.components.models import model, service_args, version
from tests.components.object_storage.cloud import Answer, Cloud, Request, cloud, json_answer
from tests.components.object_storage.copying_pod import TOKEN, CopyingPod, files_copied

FILES: Mapping[str, bytes] = {"saved_model.pb": b"graph", "variables/variables.index": b"index"}
ACCOUNT, OWN_ACCOUNT = (f"{name}@my-project.iam.gserviceaccount.com" for name in ("models", "mnist"))
CLUSTER = "https://container.googleapis.com/v1/projects/my-project/locations/europe-west3/clusters/models"
POOL = "my-project.svc.id.goog"
FEDERATED, ACCOUNTS = "token of a ServiceAccount", "token of a service account"


def storage_of(service_account: str | None = None, provider: str = f"identitynamespace:{POOL}:{CLUSTER}") -> Any:
    identity = GoogleIdentity(provider=provider, service_account=service_account)
    return GoogleStorage(type="gs", region="europe-west3", identity=identity, cidrs=("199.36.153.8/30",))


@dataclass
class Google:
    """What Google's hosts answer: storage to whoever has ``allowed``, and tokens for those of the cluster."""

    emulator: str
    allowed: str
    exchanged: list[Mapping[str, str]] = field(default_factory=list)
    acted_as: list[str] = field(default_factory=list)
    denied: int = 0

    def sts(self, request: Request) -> Answer:
        asked = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        self.exchanged.append(asked)
        if asked["subject_token"] != TOKEN:
            return Answer(401, b'{"error": "invalid_grant", "error_description": "the token is not of the cluster"}')
        kind = "urn:ietf:params:oauth:token-type:access_token"
        given = {"access_token": FEDERATED, "issued_token_type": kind, "token_type": "Bearer", "expires_in": 3600}
        return json_answer(given)

    def accounts(self, request: Request) -> Answer:
        if request.bearer != FEDERATED:
            return Answer(401)
        self.acted_as.append(request.path.removeprefix("/v1/projects/-/serviceAccounts/"))
        return json_answer({"accessToken": ACCOUNTS, "expireTime": "2099-01-01T00:00:00Z"})

    def storage(self, request: Request) -> Answer:
        if request.bearer != self.allowed:
            self.denied += 1
            return Answer(403, b'{"error": {"code": 403, "message": "storage.objects.list is not allowed"}}')
        kept = {name: value for name, value in request.headers.items() if name in ("Host", "Range")}
        try:
            answer = urlopen(Ask(f"{self.emulator}{request.path}", headers=kept, method=request.method))  # noqa: S310
        except HTTPError as error:
            answer = error
        with answer:
            body, kind = answer.read(), answer.headers.get("Content-Type", "text/plain")
        # Google's addresses of content begin with https.
        body = body.replace(b'"http://', b'"https://') if "json" in kind else body
        return Answer(answer.code, body, {"Content-Type": kind})


@pytest.fixture
def google() -> Iterator[Google]:
    server = create_server("127.0.0.1", 0, in_memory=True, default_bucket="models")
    server.start()
    try:
        host, port = server._api._httpd.server_address
        yield Google(f"http://{host}:{port}", FEDERATED)
    finally:
        server.stop()


def pod(google: Google, home: Path, storage: GoogleStorage, role: str | None = None) -> CopyingPod:
    """The pod of a version that is in the emulator."""
    listing = listing_of(FILES)
    for name, content in {**FILES, "SHA256SUMS": listing}.items():
        place = f"{google.emulator}/upload/storage/v1/b/models/o?uploadType=media&name=mnist/1/{name}"
        urlopen(Ask(place, content, {"Content-Type": "application/octet-stream", "Host": "storage.googleapis.com"}))  # noqa: S310
    published = version(1).model_copy(
        update={"storage": "gs://models/mnist/1", "sha256": hashlib.sha256(listing).hexdigest()}
    )
    return CopyingPod(service_args(model(versions=(published,), storage_role=role), storage=storage), home, home)


@pytest.fixture
def place(google: Google, tmp_path: Path) -> Iterator[Cloud]:
    hosts = {
        "storage.googleapis.com": google.storage,
        "sts.googleapis.com": google.sts,
        "iamcredentials.googleapis.com": google.accounts,
    }
    with cloud(hosts, tmp_path) as made:
        yield made


def test_a_model_is_copied_as_the_service_account_of_its_pod(google: Google, place: Cloud, tmp_path: Path) -> None:
    done = pod(google, tmp_path, storage_of()).fetch(**place.environment)
    assert done.returncode == 0, done.stderr
    assert files_copied(tmp_path) == FILES
    assert {asked["audience"] for asked in google.exchanged} == {f"identitynamespace:{POOL}:{CLUSTER}"}
    assert google.acted_as == []
    assert google.denied == 0


@pytest.mark.parametrize("role", [None, OWN_ACCOUNT], ids=["the stack's account", "an account of its own"])
def test_a_model_is_copied_as_the_account_that_is_named(
    google: Google, place: Cloud, tmp_path: Path, role: str | None
) -> None:
    google.allowed = ACCOUNTS
    done = pod(google, tmp_path, storage_of(ACCOUNT), role).fetch(**place.environment)
    assert done.returncode == 0, done.stderr
    assert files_copied(tmp_path) == FILES
    assert set(google.acted_as) == {f"{role or ACCOUNT}:generateAccessToken"}
    assert google.denied == 0


def test_a_pod_that_may_not_read_the_bucket_says_so(google: Google, place: Cloud, tmp_path: Path) -> None:
    google.allowed = ACCOUNTS
    done = pod(google, tmp_path, storage_of()).fetch(**place.environment, RCLONE_LOW_LEVEL_RETRIES="1")
    assert done.returncode == 1
    assert "it cannot be copied from object storage (gs://models/mnist/1)" in done.stderr
    assert "storage.objects.list is not allowed" in done.stderr
    assert google.denied


def test_the_token_is_for_the_pool_of_the_cluster_or_for_the_provider() -> None:
    elsewhere = "//iam.googleapis.com/projects/12/locations/global/workloadIdentityPools/pool/providers/on-premises"
    for provider, audience in ((f"identitynamespace:{POOL}:{CLUSTER}", POOL), (elsewhere, f"https:{elsewhere}")):
        assert storage_of(provider=provider).identity.audience == audience
        assert json.loads(remote_environment(storage_of(provider=provider))["GOOGLE_IDENTITY"])["audience"] == provider
