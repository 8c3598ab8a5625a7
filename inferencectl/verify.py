"""Whether what a stack serves is what was published, asked from this machine by ``python -m verification``."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from inferencectl.deployer import kubernetes_objects
from inferencectl.program.run import ProgramRun
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from settings import protocol_of

RECORDED = "assets.extra/verification.json"
NOBODY = (
    "addresses that end in .svc are known inside the cluster only, and in the sandbox no server is behind them: its"
    " pods are simulated. Name one server with ADDRESS= and GRPC=, such as the local ones of kubectl port-forward, or"
    " let the stack verify itself: docs/verification.md"
)
_VERSION_LABEL, _NAME_LABEL = "app.kubernetes.io/version", "app.kubernetes.io/name"


@dataclass(frozen=True, kw_only=True)
class ServedVersion:
    """A version of a model, and where it is asked."""

    model: str
    version: int
    runtime: str
    rest: str = ""
    grpc: str = ""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which of a stack's versions are asked, and where instead of at their Services, for one of them.

    ``files`` is a directory with versions as they were published, ``MODEL/VERSION/...``, for what they recorded.
    """

    model: str = ""
    version: int | None = None
    address: str = ""
    grpc: str = ""
    files: Path | None = None


def served_versions(run: ProgramRun) -> tuple[ServedVersion, ...]:
    """The versions that a stack serves, each at its own Service, whose name is known inside the cluster only."""
    runtimes = {model.name: model.runtime for model in run.platform.models}
    found = []
    for item in kubernetes_objects(run.recording):
        labels, spec = item.manifest["metadata"].get("labels", {}), item.manifest.get("spec", {})
        if item.key.kind != "Service" or _VERSION_LABEL not in labels or spec.get("clusterIP") == "None":
            continue
        ports = {port["name"]: port["port"] for port in spec["ports"]}
        host = f"{item.key.name}.{item.key.namespace}.svc"
        found.append(
            ServedVersion(
                model=labels[_NAME_LABEL],
                version=int(labels[_VERSION_LABEL]),
                runtime=runtimes[labels[_NAME_LABEL]],
                rest=f"http://{host}:{ports['http']}",
                grpc=f"grpc://{host}:{ports['grpc']}",
            )
        )
    return tuple(found)


def chosen(served: Sequence[ServedVersion], choice: Choice) -> tuple[ServedVersion, ...]:
    """The versions that a choice names, where it says they are.

    Raises:
        SandboxError: there is none, or several are to be at one address.
    """
    named = tuple(
        each for each in served if choice.model in ("", each.model) and choice.version in (None, each.version)
    )
    there = ", ".join(f"{each.model} {each.version}" for each in served)
    if not named:
        raise SandboxError(
            f"the stack has no version {choice.version or 'at all'} of {choice.model or 'any model'}",
            f"choose among {there} with MODEL= and VERSION=",
            exit_code=BAD_INPUT,
        )
    if not (choice.address or choice.grpc):
        return named
    if len(named) != 1:
        raise SandboxError(
            f"one server for {len(named)} versions: each has servers of its own",
            f"choose among {there} with MODEL= and VERSION=",
            exit_code=BAD_INPUT,
        )
    return (replace(named[0], rest=choice.address, grpc=choice.grpc),)


def askable(named: Sequence[ServedVersion], say: Callable[[str], None]) -> tuple[ServedVersion, ...]:
    """Those whose runtime names and types its tensors; ``say`` is told of each of the others.

    Raises:
        SandboxError: there are no such versions.
    """
    reasons = {
        each: f"{each.model} {each.version} is not verified: runtime {each.runtime} has no typed protocol: its requests"
        " are whatever the model's handler takes"
        for each in named
        if not protocol_of(each.runtime)
    }
    if len(reasons) == len(named):
        raise SandboxError(
            "; ".join(reasons.values()),
            "serve it with tensorflow-serving or triton, or compare its answers where its handler is known",
            exit_code=BAD_INPUT,
        )
    for reason in reasons.values():
        say(reason)
    return tuple(each for each in named if each not in reasons)


def targets(named: Sequence[ServedVersion], files: Path | None) -> str:
    """What ``python -m verification --targets -`` reads."""
    return json.dumps(
        [{**_addresses(each), **_expectation(each, files), "protocol": protocol_of(each.runtime)} for each in named]
    )


def verify(root: Path, text: str, flags: Sequence[str]) -> int:
    """Run the checks of the checkout at ``root`` on targets; they speak for themselves. Returns their exit code."""
    command = [sys.executable, "-m", "verification", "--targets=-", *flags]
    return subprocess.run(command, cwd=root, input=text, text=True, check=False).returncode


def _addresses(each: ServedVersion) -> dict[str, str | int]:
    addresses = {"rest": each.rest, "grpc": each.grpc}
    return {"model": each.model, "version": each.version, **{key: value for key, value in addresses.items() if value}}


def _expectation(each: ServedVersion, files: Path | None) -> dict[str, str]:
    return {"expect": str(files.resolve() / each.model / str(each.version) / RECORDED)} if files else {}
