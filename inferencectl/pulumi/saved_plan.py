"""A plan that `pulumi preview` has saved, with what it rests on: a plan holds only as long as all of that does."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from inferencectl.pulumi.stack_commands import StackState
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.files import write_atomically

_PLAN, _BASIS = "plan.json", "basis.json"
_AGAIN = "plan again, have that reviewed, and deploy it"


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What a plan was made of: a stack, a commit, and the state as of the last change that Pulumi has written."""

    stack: str
    commit: str
    state: str


def basis_of(stack: str, commit: str, state: StackState) -> Basis:
    """What a plan rests on that is made, or would be carried out, now."""
    manifest = (state.document.get("deployment") or {}).get("manifest") or {}
    return Basis(stack=stack, commit=commit, state=manifest.get("time", "never deployed"))


@dataclass(frozen=True, kw_only=True)
class SavedPlan:
    """The two files in `directory`; Pulumi encrypts the secrets of the plan as those of the state."""

    directory: Path

    @property
    def plan(self) -> Path:
        """The file that Pulumi writes and reads."""
        return self.directory / _PLAN

    def record(self, basis: Basis) -> None:
        """Write what the plan, which is complete, rests on."""
        content = {**asdict(basis), "sha256": self._digest()}
        write_atomically(self.directory / _BASIS, json.dumps(content, indent=2, sort_keys=True) + "\n")

    def require(self, now: Basis) -> None:
        """Refuse the plan unless it is whole and rests on what is there now.

        Raises:
            SandboxError: it is of another stack or commit, older than the last change of the stack, or not as recorded.
        """
        file = self.directory / _BASIS
        try:
            recorded = json.loads(file.read_text(encoding="utf-8"))
            made, digest = Basis(**{key: recorded[key] for key in asdict(now)}), recorded["sha256"]
            is_whole = digest == self._digest()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _refused(
                f"{file}: no plan can be read there ({type(error).__name__})", "make plan writes one"
            ) from None
        if not is_whole:
            raise _refused(f"{self.plan}: is not the plan that {file.name} was written for", _AGAIN)
        if made.stack != now.stack:
            raise _refused(f"{file}: stack: {made.stack}; this is {now.stack}", f"use the plan of {now.stack}")
        if made.commit != now.commit:
            raise _refused(f"{file}: commit: {made.commit}; this checkout is at {now.commit}", _AGAIN)
        if made.state != now.state:
            told = f"the plan is older than the stack: it was made of the state of {made.state}, which is now that of"
            raise _refused(f"{file}: state: {told} {now.state}", _AGAIN)

    def _digest(self) -> str:
        return hashlib.sha256(self.plan.read_bytes()).hexdigest()


def _refused(message: str, remedy: str) -> SandboxError:
    return SandboxError(message, f"{remedy}; nothing was changed", exit_code=BAD_INPUT)
