"""A policy pack's process, started and stopped as Pulumi does it."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

import grpc
from pulumi.runtime.proto import analyzer_pb2_grpc

from inferencectl.workspace.errors import BAD_INPUT, SandboxError

_START_TIMEOUT_SECONDS = 60
_POLL_SECONDS = 0.05
_PORT_BYTES = 80
_STOP_TIMEOUT_SECONDS = 5
_STDERR_TAIL_BYTES = 4000

# Pulumi's own limit for analyzers.
_LARGEST_MESSAGE_BYTES = 400 * 1024 * 1024

# Pulumi passes its engine's address; a Python pack never dials it (it logs to stderr).
_NO_ENGINE = "127.0.0.1:0"

# `python -m pulumi.policy` that exits with its parent, even after `kill -9`: its input is a pipe that then closes.
_POLICY_MODULE = """
import os, runpy, sys, threading

def exit_with_parent():
    sys.stdin.buffer.read()
    os._exit(1)

threading.Thread(target=exit_with_parent, daemon=True).start()
runpy.run_module("pulumi.policy", run_name="__main__", alter_sys=True)
"""


class PolicyPack:
    """The pack in ``directory``; a ``with`` statement runs it and gives the stub to call it by.

    :meth:`start` starts its process before that, so that it imports its rules while others work.

    Raises:
        SandboxError: ``directory`` is not a pack, or the pack does not start; with the end of its stderr.
    """

    def __init__(self, directory: Path, *, project: str, stack: str) -> None:
        self.directory = directory.resolve()
        self._environment = {
            **os.environ,
            "PULUMI_PROJECT": project,
            "PULUMI_STACK": stack,
            "PULUMI_DRY_RUN": "true",
        }
        self._is_started = False

    def start(self) -> None:
        """Start the process without waiting for it; it ends with the statement, or by :meth:`stop`."""
        if self._is_started:
            return
        if not (self.directory / "PulumiPolicy.yaml").is_file():
            raise SandboxError(
                f"{self.directory} is not a policy pack: it has no PulumiPolicy.yaml.",
                "Give the directory of a policy pack.",
                exit_code=BAD_INPUT,
            )
        # Files, not pipes: a pack that prints much must not block on a reader.
        self._stdout, self._stderr = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop
        self._process = self._started()
        self._is_started = True

    def __enter__(self) -> analyzer_pb2_grpc.AnalyzerStub:
        self.start()
        try:
            self._channel = self._connect(self._read_port())
        except BaseException:
            self.stop()
            raise
        return analyzer_pb2_grpc.AnalyzerStub(self._channel)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._channel.close()
        self.stop()

    def stop(self) -> None:
        """End the process, if it was started."""
        if not self._is_started:
            return
        self._is_started = False
        self._process.terminate()
        try:
            self._process.wait(_STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for file in (self._process.stdin, self._stdout, self._stderr):
            if file:
                file.close()

    @property
    def process_id(self) -> int:
        """The process that runs the pack."""
        return self._process.pid

    def stderr_tail(self) -> str:
        """The end of what the pack wrote to its stderr."""
        size = os.fstat(self._stderr.fileno()).st_size
        # At a position: the pack writes through the same file offset.
        tail = os.pread(self._stderr.fileno(), _STDERR_TAIL_BYTES, max(0, size - _STDERR_TAIL_BYTES))
        return tail.decode(errors="replace").strip()

    def _started(self) -> subprocess.Popen[bytes]:
        # Unbuffered, as Pulumi's launcher has it: the SDK does not flush the line that carries the port.
        command = [sys.executable, "-u", "-c", _POLICY_MODULE, _NO_ENGINE, "."]
        return subprocess.Popen(
            command,
            cwd=self.directory,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=self._stdout,
            stderr=self._stderr,
        )

    def _read_port(self) -> int:
        """The port, which is the first line that the pack prints."""
        deadline = time.monotonic() + _START_TIMEOUT_SECONDS
        while not (output := os.pread(self._stdout.fileno(), _PORT_BYTES, 0)).endswith(b"\n"):
            if self._process.poll() is not None:
                raise self._did_not_start("exited before it listened on a port")
            if time.monotonic() > deadline:
                raise self._did_not_start(f"did not listen on a port within {_START_TIMEOUT_SECONDS} s")
            time.sleep(_POLL_SECONDS)
        if not output.strip().isdigit():
            raise self._did_not_start(f"printed {output!r} instead of its port")
        return int(output)

    def _connect(self, port: int) -> grpc.Channel:
        limits = [("grpc.max_receive_message_length", _LARGEST_MESSAGE_BYTES)]
        return grpc.insecure_channel(f"127.0.0.1:{port}", options=limits)

    def _did_not_start(self, what: str) -> SandboxError:
        errors = self.stderr_tail()
        return SandboxError(
            f"The policy pack {self.directory} {what}." + (f" Its stderr:\n{errors}" if errors else ""),
            "Fix the pack; `python -m pulumi.policy 127.0.0.1:0 .` in its directory shows the same error.",
        )
