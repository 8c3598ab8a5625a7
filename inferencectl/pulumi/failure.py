"""Pulumi's failures as one actionable error."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version

from pulumi.automation import CommandError
from pulumi.automation.events import DiagnosticEvent, EngineEvent, PolicyEvent

from inferencectl.pulumi.plain_text import plain
from inferencectl.workspace.errors import BAD_INPUT, FAILED, SandboxError

# Messages that follow every failure and do not explain it.
_NO_REASON = re.compile(r"(preview|update|refresh|destroy) failed$|an unhandled error occurred: program exited with")


@dataclass
class FailureEvents:
    """What the events of one of Pulumi's operations say of its failure: policy violations and errors."""

    violations: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __call__(self, event: EngineEvent) -> None:
        """Record ``event``."""
        if event.policy_event and event.policy_event.enforcement_level == "mandatory":
            self.violations.append(_violation(event.policy_event))
        if event.diagnostic_event and event.diagnostic_event.severity == "error":
            self.errors += _errors(event.diagnostic_event)


@contextmanager
def failures_explained(stack: str, events: FailureEvents) -> Iterator[None]:
    """Raise a SandboxError if a command fails; ``events`` collects the command's events while it runs."""
    try:
        yield
    except CommandError as error:
        raise _failure(error, stack, events) from error


def _failure(error: CommandError, stack: str, events: FailureEvents) -> SandboxError:
    # A known failure in the output is the cause of everything else.
    text = str(error)
    for pattern, explain in _KNOWN:
        if found := pattern.search(text):
            return explain(found, stack)
    if events.violations:
        return SandboxError(
            "\n".join(
                [
                    f"the deployment was refused: {len(events.violations)} violations of mandatory policies",
                    *events.violations,
                ]
            ),
            "correct the fields named above, then run the same command again",
        )
    code, _, output = text.partition(" stdout: ")
    reason = "\n".join(events.errors) or output.partition(" stderr: ")[2].strip() or f"it ended with {code.strip()}"
    return SandboxError(
        f"pulumi failed on the stack {stack}:\n{reason}", "fix the cause; the next run continues from here"
    )


def missing_plugin(kind: str, name: str) -> SandboxError:
    """The error for a missing plug-in; `kind` is Pulumi's: resource, language and so on."""
    remedy = (
        f"install it with: pulumi plugin install {kind} {name} {version(f'pulumi-{name}')}"
        if kind == "resource"
        else "reinstall Pulumi from its release archive, which includes it"
    )
    return SandboxError(f"Pulumi's plug-in pulumi-{kind}-{name} is not installed", remedy, exit_code=BAD_INPUT)


def _violation(event: PolicyEvent) -> str:
    # The policy SDK puts the policy's description before the message.
    description, _, message = plain(event.message).partition("\n")
    return f"{_name(event.resource_urn)}: {message or description}"


def _errors(event: DiagnosticEvent) -> list[str]:
    message = plain(event.message)
    if _NO_REASON.match(message):
        return []
    return [f"{_name(event.urn)}: {message}" if event.urn else message]


def _name(urn: str | None) -> str:
    return (urn or "").rpartition("::")[2] or "the stack"


def _missing_plugin(found: re.Match[str], _stack: str) -> SandboxError:
    return missing_plugin(found["kind"], found["plugin"].removeprefix(f"pulumi-{found['kind']}-"))


def _locked(_found: re.Match[str], stack: str) -> SandboxError:
    return SandboxError(
        f"another pulumi is working on the stack {stack}",
        "wait until it has finished, then run the same command again",
        exit_code=FAILED,
    )


def _wrong_passphrase(_found: re.Match[str], stack: str) -> SandboxError:
    return SandboxError(
        f"the sandbox's passphrase does not decrypt the state of the stack {stack}",
        f"reset the sandbox with: make down STACK={stack}",
        exit_code=BAD_INPUT,
    )


_KNOWN: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], SandboxError]], ...] = (
    (re.compile(r"no (?P<kind>\w+) plugin '(?P<plugin>[\w-]+)' found"), _missing_plugin),
    (re.compile(r"the stack is currently locked by"), _locked),
    (re.compile(r"incorrect passphrase"), _wrong_passphrase),
)
