"""A benchmark leaves nothing behind, also when it is killed: neither its copy of the checkout nor what runs of it."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from benchmarks.clean_up import LOG
from benchmarks.copied_checkout import copied_checkout
from inferencectl.workspace.errors import SandboxError
from tests.inferencectl.checkout import ROOT
from tests.waiting import soon

BENCHMARK = """
import time
from benchmarks.clean_up import LOG
from benchmarks.copied_checkout import copied_checkout
from inferencectl.sandbox import processes
with copied_checkout("dev") as checkout:
    directory = checkout.project.cluster_directory("dev")
    (directory / "logs").mkdir(parents=True)
    (directory / "state.json").touch()
    sleeper = processes.start("sleeper", ("/bin/sleep", "600"), directory)
    print(checkout.root, sleeper.process.pid, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_benchmark_leaves_nothing(how: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BENCHMARK], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as benchmark:
        assert benchmark.stdout
        root, number = benchmark.stdout.readline().split()
        sleeper = psutil.Process(int(number))
        assert Path(root, "inferencectl").is_dir()
        benchmark.send_signal(how)
    soon(lambda: not Path(root).exists(), "the copy is removed")
    # Nobody may have asked yet how it ended.
    assert not sleeper.is_running() or sleeper.status() == psutil.STATUS_ZOMBIE


def test_a_benchmark_that_ends_leaves_no_copy() -> None:
    with copied_checkout("dev") as checkout:
        assert checkout.project.stack_file("dev").exists()
    assert not checkout.root.exists()


def test_what_cannot_be_removed_is_an_error() -> None:
    copying = copied_checkout("dev")
    checkout = copying.__enter__()
    # No command runs without it.
    checkout.project.cluster_directory("dev").mkdir(parents=True)
    (checkout.root / "inferencectl" / "__main__.py").unlink()
    with pytest.raises(SandboxError, match=LOG):
        copying.__exit__(None, None, None)
    assert (checkout.root / LOG).read_text()
    shutil.rmtree(checkout.root)
