"""Models on a web server: a real shell and rclone, and a real server with TLS and a private authority."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.model_verification.manifests import fetch_script as document_script
from components.object_storage import remote_environment, remote_path
from components.security import SCRATCH_DIRECTORY
from inferencectl.deployer.diagnosis import MODEL_REFUSED
from registry.signing import KeySigner
from settings import Signing
from settings.cluster.storage.web import WebStorage
from tests.components.model_service.published_model import listing_of
from tests.components.model_service.signing import TOOLS_IMAGE
from tests.components.model_service.test_interrupted_copies import FILES as LARGE_FILES
from tests.components.model_service.test_interrupted_copies import PARTS, in_parts
from tests.components.models import model, service_args, version
from tests.components.object_storage.copying_pod import CopyingPod, files_copied, run_as_pod
from tests.components.object_storage.web_server import ELSEWHERE, WebServer, running
from tests.registry.models import Keys

NAME = "variables/ä 100%25 #1;x.index"
FILES: Mapping[str, bytes] = {"saved_model.pb": b"graph", NAME: b"index"}
FOLDER = "/exports/mnist/1"
Start = Callable[..., WebServer]


def served_at(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {f"{FOLDER}/{name}": content for name, content in {**files, "SHA256SUMS": listing_of(files)}.items()}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    contexts: list[Any] = []

    def begin(files: Mapping[str, bytes] = FILES, elsewhere: str = "", **given: Any) -> WebServer:
        contexts.append(running(WebServer(served_at(files), **given), tmp_path, elsewhere))
        return contexts[-1].__enter__()

    yield begin
    for each in contexts:
        each.__exit__(None, None, None)


def storage_of(server: WebServer, **given: Any) -> WebStorage:
    return WebStorage.model_validate(
        {
            "type": "https",
            "endpoint": server.url,
            "region": "eu-central-1",
            "cidrs": ("192.0.2.0/24",),
            "ca_config_map": "storage-authority",
            **given,
        }
    )


def pod(server: WebServer, home: Path, files: Mapping[str, bytes] = FILES, **given: Any) -> CopyingPod:
    signing = given.pop("signing", None)
    sha256 = hashlib.sha256(listing_of(files)).hexdigest()
    published = version(1).model_copy(update={"storage": f"{server.url}{FOLDER}", "sha256": sha256})
    more = {"signing": signing, "fetcher_image": TOOLS_IMAGE} if signing else {}
    args = service_args(model(versions=(published,)), storage=storage_of(server, **given), **more)
    return CopyingPod(args, home, server.authority)


def test_a_model_is_copied_by_its_own_listing(start: Start, tmp_path: Path) -> None:
    server = start()
    done = pod(server, tmp_path).fetch()
    assert done.returncode == 0, done.stderr
    assert files_copied(tmp_path) == FILES
    assert {each.authorization for each in server.asked} == {None}
    # No folder is asked for: what has no listing answers as it likes.
    assert {each.path for each in server.asked} == {*server.files, f"{FOLDER}/model.sig"}


@pytest.mark.parametrize(
    ("authentication", "secret", "authorization"),
    [
        ("bearer", {"token": "a.token_of-40~characters+/=="}, "Bearer a.token_of-40~characters+/=="),
        ("basic", {"username": "models", "password": 'p,"ä:\n'}, b'models:p,"\xc3\xa4:'),
    ],
)
def test_a_secret_says_who_asks(
    start: Start, tmp_path: Path, authentication: str, secret: Mapping[str, str], authorization: str | bytes
) -> None:
    if isinstance(authorization, bytes):
        authorization = f"Basic {base64.b64encode(authorization).decode()}"
    server = start(allowed=authorization)
    asking = pod(server, tmp_path, credentials_secret="model-server", authentication=authentication)
    for name, value in secret.items():
        (tmp_path / name).write_text(value)
    done = asking.fetch(TOKEN=secret.get("token", ""))
    assert done.returncode == 0, done.stderr
    assert files_copied(tmp_path) == FILES
    assert all(value not in done.stdout + done.stderr for value in secret.values())


def test_whoever_may_not_read_it_is_told_so(start: Start, tmp_path: Path) -> None:
    server = start(allowed="Bearer of somebody else")
    done = pod(server, tmp_path, credentials_secret="model-server").fetch(TOKEN="another", RCLONE_LOW_LEVEL_RETRIES="1")
    assert done.returncode == 1
    assert f"it cannot be copied from object storage ({server.url}{FOLDER})" in done.stderr
    assert "401" in done.stderr


def test_a_token_that_is_none_is_not_sent(start: Start, tmp_path: Path) -> None:
    server = start()
    done = pod(server, tmp_path, credentials_secret="model-server").fetch(TOKEN='x","Host","other')
    assert done.returncode == 1
    assert "the token of the web server has characters that no token may have" in done.stderr
    assert server.asked == []


def test_an_unknown_authority_is_not_believed(start: Start, tmp_path: Path) -> None:
    server = start()
    done = pod(server, tmp_path, ca_config_map=None).fetch(RCLONE_LOW_LEVEL_RETRIES="1")
    assert done.returncode == 1
    assert "certificate signed by unknown authority" in done.stderr
    assert server.asked == []


@pytest.mark.parametrize("elsewhere", ["https", "http"])
def test_no_other_server_is_sent_credentials(start: Start, tmp_path: Path, elsewhere: str) -> None:
    """An encrypted one is asked without, and one that does not encrypt is not asked."""
    server = start(FILES, elsewhere, moved={f"{FOLDER}/saved_model.pb": "/elsewhere"}, allowed="Bearer token")
    server.files["/elsewhere"] = FILES["saved_model.pb"]
    done = pod(server, tmp_path, credentials_secret="model-server").fetch(TOKEN="token", RCLONE_LOW_LEVEL_RETRIES="1")
    assert (done.returncode == 0) is (elsewhere == "https"), done.stderr
    led = [each for each in server.asked if each.host.startswith(ELSEWHERE)]
    assert bool(led) is (elsewhere == "https")
    assert {each.authorization for each in led} <= {None}


def test_a_redirect_on_the_same_server_is_followed(start: Start, tmp_path: Path) -> None:
    server = start(moved={f"{FOLDER}/saved_model.pb": "/elsewhere"})
    server.files["/elsewhere"] = FILES["saved_model.pb"]
    assert pod(server, tmp_path).fetch().returncode == 0
    assert files_copied(tmp_path) == FILES


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (lambda of: of.files.pop(f"{FOLDER}/SHA256SUMS"), MODEL_REFUSED, "no SHA256SUMS beside its files"),
        (lambda of: of.files.pop(f"{FOLDER}/{NAME}"), MODEL_REFUSED, f"{NAME}: missing"),
        (lambda of: of.files.update({f"{FOLDER}/{NAME}": b"INDEX"}), MODEL_REFUSED, f"{NAME}: FAILED"),
        (
            lambda of: of.files.update({f"{FOLDER}/SHA256SUMS": listing_of({"../../etc/x": b""})}),
            MODEL_REFUSED,
            "the stack names",
        ),
        (lambda of: setattr(of, "knows_sizes", False), MODEL_REFUSED, "the web server does not say how large "),
        (lambda of: setattr(of, "denies", lambda _: True), 1, "it cannot be copied from object storage"),
    ],
    ids=["no listing", "missing", "changed", "another listing", "no sizes", "down"],
)
def test_what_is_refused(
    start: Start, tmp_path: Path, change: Callable[[WebServer], Any], code: int, said: str
) -> None:
    server = start()
    change(server)
    done = pod(server, tmp_path).fetch(RCLONE_LOW_LEVEL_RETRIES="1")
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert bool(server.content()) is (said == f"{NAME}: FAILED"), "nothing is copied before it is known to be there"
    assert not (tmp_path / "models" / "mnist" / "1").exists()


def test_a_large_file_goes_on_where_it_was_interrupted(start: Start, tmp_path: Path) -> None:
    server = start(LARGE_FILES)
    large = f"{FOLDER}/variables/data 0"
    parts: list[str | None] = []

    def denies(asked: Any) -> bool:
        is_part = asked.method == "GET" and asked.path == large
        if is_part and len(parts) < 3:
            parts.append(asked.part)
            return False
        return is_part

    server.denies = denies
    asking = replace(pod(server, tmp_path, LARGE_FILES), edit=in_parts)
    assert asking.fetch(RCLONE_LOW_LEVEL_RETRIES="1").returncode == 1
    server.denies, server.asked = (lambda _: False), []
    done = asking.fetch()
    assert done.returncode == 0, done.stderr
    assert files_copied(tmp_path) == LARGE_FILES
    again = [each.part for each in server.content() if each.path == large]
    assert len(again) == PARTS - 3
    assert not {*again} & {*parts}


def test_a_server_that_answers_whole_files_alone_is_refused_for_a_large_one(start: Start, tmp_path: Path) -> None:
    server = start(LARGE_FILES, knows_parts=False)
    asking = pod(server, tmp_path, LARGE_FILES)
    done = replace(asking, edit=in_parts).fetch()
    assert done.returncode == MODEL_REFUSED
    assert "the web server answers no part of a file, and files over 2 MiB are copied in parts" in done.stderr
    assert not server.content()
    assert asking.fetch().returncode == 0, "none of them is large for it"


def test_a_signature_is_fetched_and_holds(start: Start, tmp_path: Path) -> None:
    keys, other = Keys.made_in(tmp_path / "keys"), Keys.made_in(tmp_path / "other")
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
    files = {**FILES, "model.sig": KeySigner(keys.private).sign(digests)}
    server = start(files)
    asking = pod(server, tmp_path, files, signing=Signing(public_key=keys.public.read_text()))
    done = asking.fetch()
    assert done.returncode == 0, done.stderr
    assert f"signature verified: {server.url}{FOLDER}" in done.stdout
    elsewhere = replace(asking, home=tmp_path / "another")
    elsewhere.home.mkdir()
    wrong = replace(elsewhere, args=replace(asking.args, signing=Signing(public_key=other.public.read_text())))
    refused = wrong.fetch()
    assert refused.returncode == MODEL_REFUSED
    assert "its signature does not hold" in refused.stderr


def test_a_document_of_a_version_is_copied_as_well(start: Start, tmp_path: Path) -> None:
    files = {**FILES, "assets.extra/verification.json": b"{}"}
    server = start(files, allowed="Bearer token")
    storage = storage_of(server, credentials_secret="model-server")
    (tmp_path / "token").write_text("token")
    address = remote_path(f"{server.url}{FOLDER}")
    line = f"mnist 1 {address} {hashlib.sha256(listing_of(files)).hexdigest()}\n"
    (tmp_path / "versions").write_text(line + line.replace(" 1 ", " 2 ").replace(FOLDER[1:], "exports/none"))
    environment = {
        **remote_environment(storage),
        "EXPECTATIONS_DIRECTORY": f"{SCRATCH_DIRECTORY}/expectations",
        "VERSIONS_FILE": f"{SCRATCH_DIRECTORY}/versions",
        "HOME": SCRATCH_DIRECTORY,
    }
    script = document_script("assets.extra/verification.json", storage)
    done = run_as_pod(["/bin/sh", "-eu", "-c", script], environment, tmp_path, server.authority)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "expectations/mnist/1/assets.extra/verification.json").read_bytes() == b"{}"
    assert "no assets.extra/verification.json of mnist 2" in done.stderr
