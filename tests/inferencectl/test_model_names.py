"""A stack that names its versions, from publishing to the cluster; and what is refused on the way.

The registry, its signatures, the command lines and the control plane are real; S3 is moto's server.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from inferencectl.sandbox.toolchain.toolchain import Toolchain
from inferencectl.workspace.errors import BAD_INPUT, FAILED
from registry.labels import Promotion, promote
from registry.locking import pinned
from registry.pins import Lock, write_lock
from tests.inferencectl.checkout import STACK, Checkout, Finished, model, removed, tiny
from tests.registry.models import Bench, Keys, written
from tests.s3_server import S3Server

KEY = "keys/models.pub"
DIGITS = {"name": "digits", "runtime": "tensorflow-serving", "resources": "small"}


@pytest.fixture
def bench(s3_server: S3Server, tmp_path: Path) -> Iterator[Bench]:
    keys = Keys.made_in(tmp_path / "keys")
    yield Bench.made(s3_server, keys, written(tmp_path / "model"))
    s3_server.let_all_pass()


@pytest.fixture
def checkout(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A copy whose tiny stack names what is stable of the bench's registry."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", bench.server.url)
    root = tmp_path / "checkout"
    root.mkdir()
    made = Checkout.copied_to(root)
    write_stack(made, bench, {**DIGITS, "versions": [{"name": "digits@stable"}]})
    trust(made, bench.keys.public)
    return made


def write_stack(checkout: Checkout, bench: Bench, *models: dict[str, Any]) -> None:
    checkout.write(STACK, {**tiny(*models), "registry": {"url": bench.url, "publicKey": KEY}})


def trust(checkout: Checkout, public_key: Path) -> None:
    file = checkout.root / KEY
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(public_key.read_bytes())


def publish(bench: Bench, accuracy: float) -> int:
    return bench.publish(metrics={"accuracy": accuracy}).metadata.version


def name_stable(bench: Bench, version: int) -> None:
    promote(bench.store, Promotion(name="digits", version=version, label="stable", moved_by="a"))


def pin(checkout: Checkout, bench: Bench) -> None:
    """Write the lock in this process, as starting another takes longer."""
    pins = pinned(bench.store, bench.keys.public, ["digits@stable"], {})
    write_lock(checkout.project.models_lock, Lock().with_pins(STACK, pins))


def lock(checkout: Checkout) -> Any:
    return json.loads(checkout.project.models_lock.read_text(encoding="utf-8"))["stacks"][STACK]


def done(finished: Finished) -> str:
    assert finished.code == 0, finished.err
    assert finished.is_plain
    return finished.out


def workloads(finished: Finished) -> set[str]:
    return {workload["name"] for workload in json.loads(done(finished))["access"]["workloads"]}


@pytest.mark.slow("runs ten commands on a control plane of its own, each after a change in the registry")
def test_what_is_promoted_is_previewed_and_deployed(checkout: Checkout, bench: Bench, tools: Toolchain) -> None:
    first = bench.publish(metrics={"accuracy": 0.981})
    name_stable(bench, 1)
    with removed(checkout):
        assert "digits: none → 1 (accuracy 0.981) by digits@stable\n" in done(checkout.on_stack("up"))
        assert lock(checkout)["digits@stable"]["sha256"] == first.sha256
        assert first.sha256 in done(checkout.on_stack("render"))

        publish(bench, 0.984)
        name_stable(bench, 2)
        previewed = done(checkout.on_stack("preview"))
        assert previewed.startswith("digits: 1 → 2 (accuracy 0.981 → 0.984) by digits@stable\n")
        assert "+ create Deployment models-tiny/digits-v2" in previewed
        assert lock(checkout)["digits@stable"]["version"] == 1

        assert workloads(checkout.on_stack("up", "--json")) == {"digits-v2"}
        assert lock(checkout)["digits@stable"]["version"] == 2

        name_stable(bench, 1)
        done(checkout.on_stack("lock-models"))
        reported = json.loads(done(checkout.on_stack("preview", "--offline", "--json")))["models"]
        assert [change["text"] for change in reported] == [
            "digits: 2 → 1 (accuracy 0.984 → 0.981) by digits@stable, as already pinned in models.lock"
        ]


def changed_byte(bench: Bench) -> None:
    bench.put("digits/2/saved_model.pb", b"graqh")


def missing_file(bench: Bench) -> None:
    bench.remove("digits/2/variables/variables.index")


def extra_file(bench: Bench) -> None:
    bench.put("digits/2/assets/evil.so", b"not listed")


def expired_label(bench: Bench) -> None:
    name_stable(bench, 2)
    bench.let_expire("stable")


def missing_label(bench: Bench) -> None:
    bench.remove("digits/labels/stable.json")


REFUSED: dict[str, tuple[Callable[[Bench], None], int, str]] = {
    "changed-byte": (changed_byte, FAILED, "digits/2/saved_model.pb was modified: its SHA-256 differs"),
    "missing-file": (missing_file, FAILED, "missing files: variables/variables.index"),
    "extra-file": (extra_file, FAILED, "unexpected files: assets/evil.so"),
    "expired-label": (expired_label, FAILED, "digits@stable expired on "),
    "missing-label": (missing_label, BAD_INPUT, "digits has no label 'stable'"),
}


def refusal(finished: Finished, code: int) -> str:
    assert (finished.code, finished.out) == (code, "")
    assert finished.is_plain, finished.err
    assert finished.err.count("error:") == 1
    return finished.err


@pytest.mark.parametrize("case", REFUSED)
def test_a_version_that_must_not_be_served_ends_the_command_before_anything_changes(
    checkout: Checkout, bench: Bench, case: str
) -> None:
    change, code, reported = REFUSED[case]
    publish(bench, 0.981)
    name_stable(bench, 1)
    pin(checkout, bench)
    before = checkout.project.models_lock.read_bytes()
    publish(bench, 0.984)
    name_stable(bench, 2)
    change(bench)
    error = refusal(checkout.on_stack("up"), code)
    assert reported in error
    assert "nothing was changed, and --offline uses the last pinned versions" in error
    assert checkout.project.models_lock.read_bytes() == before
    assert not checkout.sandboxes.exists()


def test_another_key_than_the_publishers_is_refused(checkout: Checkout, bench: Bench, tmp_path: Path) -> None:
    publish(bench, 0.981)
    name_stable(bench, 1)
    trust(checkout, Keys.made_in(tmp_path / "other").public)
    assert "invalid signature: Key mismatch" in refusal(checkout.on_stack("up"), FAILED)
    (checkout.root / KEY).unlink()
    assert f"public key {KEY}: " in refusal(checkout.on_stack("up"), BAD_INPUT)
    assert not checkout.project.models_lock.exists()


def test_without_the_registry_the_last_pins_are_used_only_where_that_is_said(
    checkout: Checkout, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(bench, 0.981)
    name_stable(bench, 1)
    pin(checkout, bench)
    publish(bench, 0.984)
    name_stable(bench, 2)
    assert "digits: 1 → 2" in done(checkout.on_stack("lock-models"))
    again = checkout.on_stack("lock-models")
    assert done(again) == ""
    assert "models.lock is up to date: digits@stable" in again.err
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert "check the endpoint and the network" in refusal(checkout.on_stack("up"), FAILED)
    assert "s3://models/" in (rendered := done(checkout.on_stack("render")))
    assert "digits-v2" in rendered


def test_a_name_that_was_never_pinned_is_refused_with_its_remedy(checkout: Checkout) -> None:
    error = refusal(checkout.on_stack("up", "--offline"), BAD_INPUT)
    assert "(digits).versions[0].name" in error
    assert f"make lock-models STACK={STACK}" in error


def test_a_stack_without_names_asks_nobody(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    checkout.write(STACK, tiny(model()))
    nothing = checkout.on_stack("lock-models")
    assert done(nothing) == ""
    assert f"Pulumi.{STACK}.yaml has no version by name" in nothing.err
    assert not checkout.project.models_lock.exists()


def test_a_lock_that_somebody_else_changed_meanwhile_is_not_overwritten(checkout: Checkout, bench: Bench) -> None:
    publish(bench, 0.981)
    name_stable(bench, 1)
    others = {"schemaVersion": 1, "stacks": {"prod": {}}}

    def changed(_method: str, path: str) -> None:
        if path.endswith("/labels/stable.json"):
            checkout.project.models_lock.write_text(json.dumps(others), encoding="utf-8")

    bench.server.before = changed
    assert "was changed while this command ran" in refusal(checkout.on_stack("lock-models"), FAILED)
    assert json.loads(checkout.project.models_lock.read_text(encoding="utf-8")) == others
