"""Promotion through the command line: from dev to staging to prod; the tests run in this order."""

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import yaml

from inferencectl.sandbox.toolchain.toolchain import Toolchain
from inferencectl.workspace.errors import BAD_INPUT, FAILED
from tests.inferencectl.checkout import Checkout, Finished, finish, model, removed, tiny, until
from tests.waiting import soon

DEV, STAGING, PROD = "tiny", "middle", "last"
IMAGE = "docker.io/rclone/rclone:1.75.1@sha256:" + "4" * 64
VERIFIED = {"verification": {"schedule": "0 0 1 1 *", "image": IMAGE}}
BATCHES = {"maxBatchSize": 8, "batchTimeoutMicros": 1000, "maxEnqueuedBatches": 10, "numBatchThreads": 2}
COMMENT = "# kept"


def version(number: int, **fields: Any) -> Mapping[str, object]:
    return {"version": number, "storage": f"s3://models/iris/{number}", "sha256": "ab" * 32, **fields}


def write(checkout: Checkout, stack: str, **fields: Any) -> None:
    """Give a stack the model with these fields, in a file with a comment."""
    place = {"cluster": {"context": stack}, "namespace": f"models-{stack}", **VERIFIED}
    checkout.write(stack, tiny(model(replicas=1, **fields)) | place)
    file = checkout.project.stack_file(stack)
    file.write_text(f"{COMMENT}\n{file.read_text(encoding='utf-8')}", encoding="utf-8")


@pytest.fixture(scope="module")
def checkout(tools: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = Checkout.copied_to(tmp_path_factory.mktemp("promotion"))
    for stack in (DEV, STAGING, PROD):
        write(made, stack)
    with removed(made, DEV), removed(made, STAGING):
        yield made


@pytest.fixture(scope="module")
def verify(tools: Toolchain, checkout: Checkout) -> Callable[[str], None]:
    def run(stack: str) -> None:
        """Run the scheduled verification of a stack now, as its page says; its pods are simulated, and succeed."""
        kubeconfig = checkout.project.cluster_directory(stack) / "kubeconfig"
        kubectl = [str(tools.kubectl), f"--kubeconfig={kubeconfig}", f"--namespace=models-{stack}"]
        # Times of objects are in whole seconds: it begins in a later one than the deployment that it is about.
        deployed = int(time.time())
        soon(lambda: int(time.time()) > deployed)
        create = [*kubectl, "create", "job", "--from=cronjob/model-verification", "now"]
        subprocess.run(create, check=True, capture_output=True)
        wait = [*kubectl, "wait", "--for=condition=complete", "job/now", "--timeout=90s"]
        subprocess.run(wait, check=True, capture_output=True)

    return run


def text(checkout: Checkout, stack: str) -> str:
    return checkout.project.stack_file(stack).read_text(encoding="utf-8")


def served(checkout: Checkout, stack: str) -> dict[str, Any]:
    (found,) = yaml.safe_load(text(checkout, stack))["config"]["inference:platform"]["models"]
    return found


def promote(checkout: Checkout, *more: str, source: str = DEV, target: str = STAGING) -> Finished:
    return checkout.run("promote", "--from", source, "--to", target, "--model", "iris", *more)


def refused(checkout: Checkout, *more: str) -> str:
    """What a promotion to staging is refused with, which changes nothing."""
    before = text(checkout, STAGING)
    ended = promote(checkout, *more)
    assert (ended.code, ended.is_plain, ended.out) == (BAD_INPUT, True, ""), ended.err
    assert text(checkout, STAGING) == before
    return ended.err


def test_what_is_there_already_needs_no_proof(checkout: Checkout) -> None:
    ended = promote(checkout)
    assert (ended.code, ended.out) == (0, f"{STAGING} has iris 1 already, as {DEV} has it; nothing was changed\n")
    assert f"{DEV} is both --from and --to" in promote(checkout, target=DEV).err


def test_nothing_is_proved_where_nothing_runs(checkout: Checkout) -> None:
    write(checkout, DEV, versions=[version(2)])
    ended = promote(checkout)
    assert (ended.code, ended.is_plain) == (FAILED, True)
    assert f"start it with: make up STACK={DEV}" in ended.err


def test_what_nothing_has_verified_wants_a_reason_that_the_file_keeps(checkout: Checkout) -> None:
    assert checkout.on_stack("up").code == 0
    assert "nothing has verified iris 2 in tiny: no run of its verification has ended" in refused(checkout)
    before = text(checkout, STAGING)
    ended = promote(checkout, "--unverified", "tried by hand: works")
    assert ended.code == 0, ended.err
    assert "weight: 0}  # not verified in tiny: tried by hand: works\n" in text(checkout, STAGING)
    assert "git commit -m 'Promote iris 2 from tiny to middle: not verified in tiny: tried by hand: works'" in ended.out
    checkout.project.stack_file(STAGING).write_text(before, encoding="utf-8")


def test_what_the_policies_forbid_in_the_other_stack_is_refused(
    checkout: Checkout, verify: Callable[[str], None]
) -> None:
    verify(DEV)
    configuration = checkout.project.policy_configuration(STAGING)
    assert configuration
    kept = configuration.read_text(encoding="utf-8")
    configuration.write_text(
        kept.replace('"requireDigest": "advisory"', '"requireDigest": "mandatory"'), encoding="utf-8"
    )
    said = refused(checkout)
    assert "violations of mandatory policies in middle with it; nothing was changed" in said
    assert "iris-v2" in said
    configuration.write_text(kept, encoding="utf-8")


def test_a_killed_promotion_leaves_the_file_as_it_was(checkout: Checkout) -> None:
    before = text(checkout, STAGING)
    killed = checkout.start("promote", "--from", DEV, "--to", STAGING, "--model", "iris")
    until(killed, "running the program with what the configuration of middle would be")
    killed.kill()
    finish(killed)
    assert text(checkout, STAGING) == before


def test_what_was_verified_comes_with_weight_0_and_once(checkout: Checkout) -> None:
    ended = promote(checkout)
    assert (ended.code, ended.is_plain) == (0, True), ended.err
    assert "in tiny its verification passed at " in ended.err
    assert ended.out.splitlines()[:3] == [
        "Pulumi.middle.yaml: iris has version 2, as proved in tiny",
        "Pulumi.middle.yaml: iris: all requests go to version 1",
        "next: make preview STACK=middle",
    ]
    assert served(checkout, STAGING)["versions"] == [version(1, weight=100), version(2, weight=0)]
    assert text(checkout, STAGING).startswith(COMMENT)
    after = text(checkout, STAGING)
    assert "middle has iris 2 already" in promote(checkout).out
    assert text(checkout, STAGING) == after


def test_what_is_in_the_file_and_not_in_the_cluster_is_refused(checkout: Checkout) -> None:
    write(checkout, DEV, versions=[version(3)])
    assert "Pulumi.tiny.yaml says something else for iris than the last release" in refused(checkout)
    write(checkout, DEV, versions=[version(2)], batching=BATCHES)
    said = refused(checkout)
    assert "the cluster of tiny does not have iris as Pulumi.tiny.yaml says: " in said
    assert "Deployment iris-v2" in said


def test_the_way_to_prod_goes_through_staging(checkout: Checkout, verify: Callable[[str], None]) -> None:
    assert checkout.run("up", "--stack", STAGING).code == 0
    verify(STAGING)
    ended = promote(checkout, "--version", "2", source=STAGING, target=PROD)
    assert ended.code == 0, ended.err
    assert served(checkout, PROD)["versions"] == [version(1, weight=100), version(2, weight=0)]
    assert served(checkout, PROD).keys() == served(checkout, STAGING).keys()
    assert checkout.run("policy", "--stack", PROD).code == 0
