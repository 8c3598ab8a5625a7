"""What a user gets from `make up STACK=live`: an answer from a pod, and the proof that it is the published model's."""

import json
import shlex
import subprocess

import pytest

from inferencectl.live_stack import NAMESPACE
from inferencectl.sandbox.node.node_directory import NodeDirectory
from tests.live_stack import LiveCheckout

pytestmark = pytest.mark.slow("a control plane, a node and two servers are started, once for all live tests")


def test_the_command_that_up_prints_answers_with_the_digit_of_the_picture(live_stack: LiveCheckout) -> None:
    (line,) = (line for line in live_stack.first.out.splitlines() if line.startswith("ask it for a digit: "))
    command = shlex.split(line.partition(": ")[2])
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert (answer["model_name"], answer["model_version"]) == ("digits", "1")
    assert [(each["name"], each["data"]) for each in answer["outputs"]] == [("digit", [7])]


def test_what_is_served_is_what_was_published_over_both_protocols(live_stack: LiveCheckout) -> None:
    published = NodeDirectory(sandbox=live_stack.checkout.project.cluster_directory("live")).shared
    files = published / "store" / "data" / "models" / "registry"
    done = live_stack.run("verify", "--files", str(files), "--json")
    assert done.code == 0, done.out + done.err
    report = json.loads(done.out)
    assert report["passed"]
    assert {check["result"] for check in report["checks"]} == {"passed"}, report
    assert {check["address"].partition("://")[0] for check in report["checks"]} == {"http", "grpc"}


def test_the_servers_start_on_files_whose_signature_was_verified(live_stack: LiveCheckout) -> None:
    pods = live_stack.get("pods", "--selector=app.kubernetes.io/name=digits")["items"]
    assert len(pods) == 2
    for pod in pods:
        log = live_stack.kubectl.run(
            f"--namespace={NAMESPACE}", "logs", pod["metadata"]["name"], "--container=fetch-model"
        )
        assert "signature" in log
        assert "model verified" in log
        assert pod["spec"]["nodeName"] == "real"
        assert pod["spec"]["containers"][0]["image"].startswith("inference.local/triton:")


def test_a_second_up_changes_nothing(live_stack: LiveCheckout) -> None:
    file = live_stack.checkout.project.stack_file("live")
    before = file.read_text(encoding="utf-8")
    again = live_stack.run("up")
    assert again.code == 0, again.err
    assert "no changes" in again.out
    assert file.read_text(encoding="utf-8") == before
