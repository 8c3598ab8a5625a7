"""A Pulumi project in the sandbox's directory, which runs the checkout's program.

Pulumi writes to the project that it runs (a salt in the stack file) and to its home directory (credentials, the
selected stack). Here both are in the sandbox's directory, so the checkout and the user's Pulumi stay unchanged.
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil
import yaml

from inferencectl.pulumi.executable import path_for_policy_packs
from inferencectl.workspace.files import write_atomically
from inferencectl.workspace.project import Project

_PASSPHRASE_BYTES = 32
# Pulumi writes these to a stack file, for the secrets of the user's backend, which is not used here.
_SECRETS_MANAGER_LINE = re.compile(r"^(encryptionsalt|encryptedkey|secretsprovider):.*\n?", re.MULTILINE)
_SALT_LINE = re.compile(r"^encryptionsalt:.*$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class PulumiWorkspace:
    """Pulumi's project, home, state and passphrase for one stack of a checkout."""

    project: Project
    stack: str

    @property
    def directory(self) -> Path:
        """The directory of everything below, and of the project file that Pulumi reads."""
        return self.project.sandbox_directory(self.stack).absolute() / "pulumi"

    @property
    def home(self) -> Path:
        """Pulumi's home directory; it shares only the plug-ins with the user's."""
        return self.directory / "home"

    def write(self) -> None:
        """Update the directory from the checkout, keeping the state, the passphrase and its salt."""
        for directory in (self.directory, self._state, self.home):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._passphrase_file.exists():
            write_atomically(self._passphrase_file, secrets.token_urlsafe(_PASSPHRASE_BYTES))
        self._link_plugins()
        write_atomically(self.directory / "Pulumi.yaml", self._project_file())
        write_atomically(self._stack_file, self._stack_file_with_salt())

    def environment(self, kubeconfig: Path) -> dict[str, str]:
        """The variables that confine Pulumi to this directory and the cluster of ``kubeconfig``, off the network."""
        # The Automation API can add to the caller's variables but not remove any; empty ones count as unset.
        inherited = dict.fromkeys((name for name in os.environ if name.startswith("PULUMI_")), "")
        return {
            **inherited,
            "KUBECONFIG": str(kubeconfig.absolute()),
            "PATH": path_for_policy_packs(),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            # The metadata files of the backend are not written atomically: a kill would leave one empty, and the state
            # beside it unreadable.
            "PULUMI_BACKEND_URL": f"{self._state.as_uri()}?metadata=skip",
            "PULUMI_CONFIG_PASSPHRASE": self._passphrase_file.read_text(encoding="utf-8"),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_HOME": str(self.home),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    @property
    def has_provider(self) -> bool:
        """Whether Pulumi's plug-in for Kubernetes is installed, in any version."""
        installed = (self.home / "plugins").glob("resource-kubernetes-v*")
        return any(installed) or shutil.which("pulumi-resource-kubernetes") is not None

    def lock_owners(self) -> tuple[int, ...]:
        """The process ids in Pulumi's lock files of this stack; 0 for a file without one."""
        locks = self._state / ".pulumi" / "locks" / "organization" / self.project.name / self.stack
        return tuple(_owner(lock) for lock in sorted(locks.glob("*.json")))

    def end_plugins(self) -> None:
        """Kill the plug-ins that a killed Pulumi has left running; they may still be creating resources."""
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.name().startswith("pulumi-") and process.environ().get("PULUMI_HOME") == str(self.home):
                    process.kill()

    @property
    def _state(self) -> Path:
        return self.directory / "state"

    @property
    def _passphrase_file(self) -> Path:
        return self.directory / "passphrase"

    @property
    def _stack_file(self) -> Path:
        return self.directory / self.project.stack_file(self.stack).name

    def _project_file(self) -> str:
        content = yaml.safe_load((self.project.root / "Pulumi.yaml").read_text(encoding="utf-8"))
        content["main"] = str(self.project.root.absolute())
        options = content["runtime"]["options"]
        # Relative paths are relative to the project's directory, which is not the checkout here.
        options["virtualenv"] = sys.prefix
        return yaml.safe_dump(content, sort_keys=False)

    def _stack_file_with_salt(self) -> str:
        # As text: a YAML library would write some scalars in a form that Pulumi's own library reads differently.
        committed = self.project.stack_file(self.stack).read_text(encoding="utf-8")
        configuration = _SECRETS_MANAGER_LINE.sub("", committed)
        earlier = self._stack_file.read_text(encoding="utf-8") if self._stack_file.exists() else ""
        salt = _SALT_LINE.search(earlier)
        return f"{configuration.rstrip()}\n{salt.group()}\n" if salt else configuration

    def _link_plugins(self) -> None:
        installed = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi").absolute() / "plugins"
        link = self.home / "plugins"
        if link.is_symlink() and link.readlink() == installed:
            return
        link.unlink(missing_ok=True)
        link.symlink_to(installed)


def is_pulumi(process_id: int) -> bool:
    """Whether ``process_id`` is a running Pulumi process, and not an unrelated one with a reused id."""
    try:
        return psutil.Process(process_id).name().startswith("pulumi")
    except psutil.NoSuchProcess:
        return False


def _owner(lock: Path) -> int:
    try:
        return int(json.loads(lock.read_text(encoding="utf-8"))["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0
