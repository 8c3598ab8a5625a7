"""The registry's own commands, run on the store of the live stack."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inferencectl.sandbox.live.signing_keys import SigningKeys
from inferencectl.sandbox.live.store import Store
from inferencectl.workspace.errors import SandboxError

LABEL = "stable"
_PUBLISHER = "live-sandbox"


@dataclass(frozen=True, kw_only=True)
class PublishedVersion:
    """A version in the store, as a stack names it."""

    name: str
    version: int
    storage: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class ModelRegistry:
    """The registry in `store`; versions are signed with `keys`. `root` is the checkout, which has the registry."""

    root: Path
    store: Store
    keys: SigningKeys

    @property
    def environment(self) -> Mapping[str, str]:
        """What `python -m registry`, `make lock-models` and `make up` must find in their environment."""
        return {
            **self.store.environment,
            "REGISTRY_PRIVATE_KEY": str(self.keys.private),
            "REGISTRY_PUBLIC_KEY": str(self.keys.public),
            "REGISTRY_USER": _PUBLISHER,
        }

    def stable(self, name: str) -> PublishedVersion | None:
        """The version that is labelled `stable`; None if there is none. Its signature and documents are verified.

        Raises:
            SandboxError: the store fails, or the version is not what was published; with the registry's own words.
        """
        command = ("resolve", f"{name}@{LABEL}", "--json")
        done = self._run(*command)
        if done.returncode:
            # Why, is in words alone. A label that is listed cannot be resolved for another reason than its absence.
            if any(LABEL in (*each["labels"], *each["expired_labels"]) for each in self._versions(name)):
                raise _failure(command, done)
            return None
        found = json.loads(done.stdout)
        return PublishedVersion(name=name, version=found["version"], storage=found["storage"], sha256=found["sha256"])

    def publish(self, name: str, directory: Path, progress: Callable[[str], None]) -> PublishedVersion:
        """Publish the version in `directory`, described by the file beside it, as the next number.

        Raises:
            SandboxError: the registry refuses it, or the store fails; with the registry's own words.
        """
        progress(f"publishing {name} from {directory}")
        description = directory.with_name(f"{directory.name}.yaml")
        done = self._required("publish", name, str(directory), "--description", str(description), "--json")
        found = json.loads(done)
        return PublishedVersion(
            name=name, version=found["metadata"]["version"], storage=found["storage"], sha256=found["sha256"]
        )

    def promote(self, version: PublishedVersion, progress: Callable[[str], None]) -> None:
        """Move the label `stable` to a version, every byte of which is verified first.

        Raises:
            SandboxError: the registry refuses it, or the store fails.
        """
        progress(f"promoting {version.name}@{version.version} to {LABEL}")
        self._required("promote", f"{version.name}@{version.version}", LABEL)

    def _versions(self, name: str) -> Sequence[Mapping[str, Any]]:
        return json.loads(self._required("list", name, "--json"))

    def _required(self, *arguments: str) -> str:
        done = self._run(*arguments)
        if done.returncode:
            raise _failure(arguments, done)
        return done.stdout

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "registry", *arguments]
        environment = {**_without_proxies(), **self.environment}
        return subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, check=False)


def _failure(arguments: Sequence[str], done: subprocess.CompletedProcess[str]) -> SandboxError:
    command = " ".join(("python -m registry", *arguments[:2]))
    return SandboxError(f"`{command}` failed: {done.stderr.strip()}", "correct this, then run the command again")


def _without_proxies() -> Mapping[str, str]:
    """The caller's environment without its proxies: the store is on this machine."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
