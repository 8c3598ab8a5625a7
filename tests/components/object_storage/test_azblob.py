"""Models in Azure Blob Storage: a real shell and rclone; the storage and Microsoft's token service are stand-ins."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from settings.cluster.storage.azblob import AzureIdentity, AzureStorage
from tests.components.model_service.published_model import listing_of
from tests.components.models import model, service_args, version
from tests.components.object_storage.cloud import Answer, Cloud, Request, cloud, json_answer
from tests.components.object_storage.copying_pod import TOKEN, CopyingPod, files_copied

FILES: Mapping[str, bytes] = {"saved_model.pb": b"graph", "variables/variables.index": b"index"}
LISTING = listing_of(FILES)
STORED = {f"mnist/1/{name}": content for name, content in {**FILES, "SHA256SUMS": LISTING}.items()}
TENANT, CLIENT, OWN_CLIENT = (f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
AUTHORITY, BLOBS = "login.microsoftonline.com", "mymodels.blob.core.windows.net"
ACCESS = "token for storage"
_DATE = "Sun, 29 Nov 2026 11:00:00 GMT"


def storage_of(**given: Any) -> AzureStorage:
    identity = AzureIdentity(client_id=CLIENT, tenant_id=TENANT, cidrs=("198.51.100.7/32",), **given)
    return AzureStorage(
        type="azblob", account="mymodels", region="westeurope", identity=identity, cidrs=("192.0.2.0/24",)
    )


@dataclass
class Azure:
    refuses: bool = False
    taken: list[Mapping[str, str]] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)

    def authority(self, request: Request) -> Answer:
        """The parts of OpenID Connect by which a library finds its way, and the grant of a token."""
        self.hosts.append(request.host)
        here, path = f"https://{request.host}", urlsplit(request.path).path
        if path == "/common/discovery/instance":
            networks = [{"preferred_network": request.host, "preferred_cache": request.host, "aliases": [request.host]}]
            endpoint = f"{here}/{TENANT}/v2.0/.well-known/openid-configuration"
            return json_answer({"tenant_discovery_endpoint": endpoint, "metadata": networks})
        if path == f"/{TENANT}/v2.0/.well-known/openid-configuration":
            ends = {name: f"{here}/{TENANT}/oauth2/v2.0/{name}" for name in ("token", "authorize")}
            known = {f"{'authorization' if name == 'authorize' else name}_endpoint": end for name, end in ends.items()}
            return json_answer({**known, "issuer": f"{here}/{TENANT}/v2.0"})
        if path != f"/{TENANT}/oauth2/v2.0/token":
            return Answer(404)
        asked = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        self.taken.append(asked)
        if self.refuses or asked["client_assertion"] != TOKEN:
            refusal = (
                b'{"error": "invalid_client", "error_description": "AADSTS700213: No matching federated identity"}'
            )
            return Answer(401, refusal, {"Content-Type": "application/json"})
        return json_answer({"access_token": ACCESS, "token_type": "Bearer", "expires_in": 3600})

    def blobs(self, request: Request) -> Answer:
        if request.bearer != ACCESS:
            return Answer(401)
        url = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if query.get("comp") == "list":
            return Answer(200, _listed(query).encode(), {"Content-Type": "application/xml"})
        content = STORED.get(unquote(url.path).removeprefix("/models/"))
        if content is None:
            return Answer(404, b"", {"x-ms-error-code": "BlobNotFound"})
        about = {"Content-Type": "application/octet-stream", "Last-Modified": _DATE, "ETag": '"1"'}
        return Answer(200, content, {**about, "x-ms-blob-type": "BlockBlob"})


def _listed(query: Mapping[str, str]) -> str:
    """The blobs below a prefix; with a delimiter those of the folder, and the folders in it."""
    prefix, folders, blobs = query.get("prefix", ""), dict[str, None](), ""
    for name, content in STORED.items():
        below = name.removeprefix(prefix)
        if not name.startswith(prefix):
            continue
        if "/" in below and query.get("delimiter"):
            folders[f"{prefix}{below.partition('/')[0]}/"] = None
            continue
        blobs += (
            f"<Blob><Name>{name}</Name><Properties><Last-Modified>{_DATE}</Last-Modified><Etag>1</Etag>"
            f"<Content-Length>{len(content)}</Content-Length><BlobType>BlockBlob</BlobType></Properties></Blob>"
        )
    prefixes = "".join(f"<BlobPrefix><Name>{name}</Name></BlobPrefix>" for name in folders)
    return f"<EnumerationResults><Blobs>{blobs}{prefixes}</Blobs><NextMarker/></EnumerationResults>"


@pytest.fixture
def azure() -> Azure:
    return Azure()


@pytest.fixture
def place(azure: Azure, tmp_path: Path) -> Iterator[Cloud]:
    own = {"login.internal.example": azure.authority}
    with cloud({AUTHORITY: azure.authority, BLOBS: azure.blobs, **own}, tmp_path) as made:
        yield made


def pod(home: Path, storage: AzureStorage, role: str | None = None) -> CopyingPod:
    published = version(1).model_copy(
        update={"storage": "azblob://models/mnist/1", "sha256": hashlib.sha256(LISTING).hexdigest()}
    )
    return CopyingPod(service_args(model(versions=(published,), storage_role=role), storage=storage), home, home)


@pytest.mark.parametrize("role", [None, OWN_CLIENT], ids=["the stack's identity", "an identity of its own"])
def test_a_model_is_copied_by_an_identity_and_no_key(
    azure: Azure, place: Cloud, tmp_path: Path, role: str | None
) -> None:
    done = pod(tmp_path, storage_of(), role).fetch(**place.environment)
    assert done.returncode == 0, done.stderr
    assert files_copied(tmp_path) == FILES
    assert {asked["client_id"] for asked in azure.taken} == {role or CLIENT}
    assert {asked["client_assertion"] for asked in azure.taken} == {TOKEN}
    assert {asked["scope"].split()[0] for asked in azure.taken} == {"https://storage.azure.com/.default"}


def test_an_identity_that_does_not_know_the_pod_is_a_clear_error(azure: Azure, place: Cloud, tmp_path: Path) -> None:
    azure.refuses = True
    done = pod(tmp_path, storage_of()).fetch(**place.environment, RCLONE_LOW_LEVEL_RETRIES="1")
    assert done.returncode == 1
    assert "it cannot be copied from object storage (azblob://models/mnist/1)" in done.stderr
    assert "AADSTS700213" in done.stderr


def test_an_authority_of_ones_own_is_asked_alone(azure: Azure, place: Cloud, tmp_path: Path) -> None:
    done = pod(tmp_path, storage_of(endpoint="https://login.internal.example")).fetch(**place.environment)
    assert done.returncode == 0, done.stderr
    assert set(azure.hosts) == {"login.internal.example"}
