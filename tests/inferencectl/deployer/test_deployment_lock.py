"""One deployment of a stack at a time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from inferencectl.deployer import deployment_lock
from inferencectl.workspace.errors import SandboxError

HOLD = """
import sys, time, pathlib
from inferencectl.deployer.lock import deployment_lock
with deployment_lock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_second_deployment_is_refused_by_name_until_the_first_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "state" / "deployment.lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(SandboxError, match=rf"process {holder.pid}\b") as caught, deployment_lock(path):
            pass
        assert caught.value.remedy
        holder.kill()
    with deployment_lock(path):
        assert path.read_text() == str(os.getpid())
