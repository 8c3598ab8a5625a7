"""Models in a volume that exists: a real shell and rclone, with a folder in the claim's place."""

# The fields of typed arguments may hold outputs, so each step into one is an error to the type checker; here they are
# plain values.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false
# pyright: reportOptionalIterable=false, reportGeneralTypeIssues=false, reportOptionalSubscript=false

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from components.model_service.args import ModelServiceArgs
from components.model_service.manifests import network, storage, workload
from inferencectl.deployer.diagnosis import MODEL_REFUSED
from registry.signing import KeySigner
from settings import Signing
from settings.cluster.storage.claim import ClaimStorage
from tests.components.model_service.published_model import listing_of
from tests.components.model_service.signing import TOOLS_IMAGE
from tests.components.models import MODELS, model, service_args, version
from tests.components.object_storage.copying_pod import CopyingPod, files_copied
from tests.registry.models import Keys
from tests.settings.settings_storage import CLAIM

FILES: Mapping[str, bytes] = {"saved_model.pb": b"graph", "variables/variables.index": b"index"}


def args_of(files: Mapping[str, bytes] = FILES, kind: str = "plain") -> ModelServiceArgs:
    sha256 = hashlib.sha256(listing_of(files)).hexdigest()
    stored = version(1).model_copy(update={"storage": "claim://published-models/mnist/1", "sha256": sha256})
    in_claim = ClaimStorage.model_validate(CLAIM, by_alias=True)
    return service_args(model(**{**MODELS[kind], "versions": (stored,)}), storage=in_claim)


def pod(home: Path, files: Mapping[str, bytes] = FILES) -> CopyingPod:
    """With these files in its claim."""
    for name, content in {**files, "SHA256SUMS": listing_of(files)}.items():
        path = home / "claim" / "mnist" / "1" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return CopyingPod(args_of(files), home, home)


def test_a_model_is_copied_from_the_claim(tmp_path: Path) -> None:
    done = pod(tmp_path).fetch()
    assert done.returncode == 0, done.stderr
    assert files_copied(tmp_path) == FILES
    # Whoever writes to the claim afterwards changes nothing that is served.
    (tmp_path / "claim/mnist/1/saved_model.pb").write_bytes(b"other")
    assert files_copied(tmp_path) == FILES


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda of: (of / "saved_model.pb").write_bytes(b"GRAPH"), "saved_model.pb: FAILED"),
        (lambda of: (of / "saved_model.pb").unlink(), "saved_model.pb: missing"),
        (lambda of: (of / "extra.so").write_bytes(b""), "extra.so: not listed"),
        (lambda of: (of / "SHA256SUMS").write_bytes(listing_of({"x": b""})), "the stack names"),
        (lambda of: (of / "saved_model.pb").rename(of.parent / "x") and _link(of), "saved_model.pb: missing"),
    ],
    ids=["changed", "missing", "extra", "another listing", "a link"],
)
def test_what_is_not_as_listed_is_refused(tmp_path: Path, change: Callable[[Path], object], said: str) -> None:
    copying = pod(tmp_path)
    change(tmp_path / "claim" / "mnist" / "1")
    done = copying.fetch()
    assert done.returncode == MODEL_REFUSED, done.stderr
    assert said in done.stderr
    assert not (tmp_path / "models" / "mnist" / "1").exists()


def _link(of: Path) -> None:
    (of / "saved_model.pb").symlink_to(of.parent / "x")


def test_a_signature_is_verified_as_elsewhere(tmp_path: Path) -> None:
    keys, other = Keys.made_in(tmp_path / "keys"), Keys.made_in(tmp_path / "other")
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
    copying = pod(tmp_path, {**FILES, "model.sig": KeySigner(keys.private).sign(digests)})

    def signed_by(key: Path) -> CopyingPod:
        signing = Signing(public_key=key.read_text())
        return replace(copying, args=replace(copying.args, signing=signing, fetcher_image=TOOLS_IMAGE))

    refused = signed_by(other.public).fetch()
    assert refused.returncode == MODEL_REFUSED
    assert "its signature does not hold" in refused.stderr
    assert "signature verified" in signed_by(keys.public).fetch().stdout


def test_the_claim_is_mounted_read_only_where_files_are_copied_and_nowhere_else() -> None:
    for spec, copying in (
        (workload.deployment(args_of().served[0]).spec.template.spec, "init_containers"),
        (storage.import_job(args_of(kind="volume").served[0]).spec.template.spec, "containers"),
    ):
        (claim,) = (each for each in spec.volumes if each.name == "storage-claim")
        assert claim.persistent_volume_claim.claim_name == "published-models"
        assert claim.persistent_volume_claim.read_only
        holders = [
            (each.name, mount.mount_path, mount.read_only)
            for each in [*(spec.init_containers or []), *spec.containers]
            for mount in each.volume_mounts
            if mount.name == "storage-claim"
        ]
        assert holders == [(getattr(spec, copying)[0].name, "/storage-claim", True)]


def test_nothing_is_reached_by_network() -> None:
    assert network.server_policy(args_of()).spec.egress == []
    assert network.import_policy(args_of(kind="volume")).spec.egress == []
