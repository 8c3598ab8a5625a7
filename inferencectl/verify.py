"""Verifies from this machine that a stack serves what was published, with ``python -m verification``."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from inferencectl.deployer import kubernetes_objects
from inferencectl.program.run import ProgramRun
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from settings import protocol_of

RECORDED_PREDICTION = "assets.extra/verification.json"
UNREACHABLE = (
    "addresses that end in .svc resolve only inside the cluster, and the sandbox has no servers behind them, since its"
    " pods are simulated. Name one server with ADDRESS= and GRPC=, such as the local ports of kubectl port-forward, or"
    " let the stack verify itself: docs/verification.md"
)
WITHOUT_FILES = (
    "without FILES= only versions are checked. It names a directory of published files, MODEL/VERSION/…, which the"
    " registry fetches: docs/verification.md"
)
_VERSION_LABEL, _NAME_LABEL = "app.kubernetes.io/version", "app.kubernetes.io/name"


@dataclass(frozen=True, kw_only=True)
class ServedVersion:
    """A version of a model, what requests call the model, and its addresses."""

    model: str
    name_in_requests: str
    version: int
    runtime: str
    rest: str = ""
    grpc: str = ""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which of a stack's versions to verify, and the addresses of a single one in place of its Service.

    ``files`` is a directory of published versions, ``MODEL/VERSION/...``, with their recorded predictions.
    """

    model: str = ""
    version: int | None = None
    address: str = ""
    grpc: str = ""
    files: Path | None = None


def served_versions(run: ProgramRun) -> tuple[ServedVersion, ...]:
    """The versions that a stack serves, each at its own Service, whose name resolves only inside the cluster."""
    models = {model.name: model for model in run.platform.models}
    running = {(model.name, version.version) for model in run.platform.models for version in model.running}
    found = []
    for item in kubernetes_objects(run.recording):
        labels, spec = item.manifest["metadata"].get("labels", {}), item.manifest.get("spec", {})
        if item.key.kind != "Service" or _VERSION_LABEL not in labels or spec.get("clusterIP") == "None":
            continue
        model, version = labels[_NAME_LABEL], int(labels[_VERSION_LABEL])
        if (model, version) not in running:
            continue
        ports = {port["name"]: port["port"] for port in spec["ports"]}
        host = f"{item.key.name}.{item.key.namespace}.svc"
        found.append(
            ServedVersion(
                model=model,
                name_in_requests=models[model].name_in_requests,
                version=version,
                runtime=models[model].runtime,
                rest=f"http://{host}:{ports['http']}",
                grpc=f"grpc://{host}:{ports['grpc']}",
            )
        )
    return tuple(found)


def chosen(served: Sequence[ServedVersion], choice: Choice) -> tuple[ServedVersion, ...]:
    """The chosen versions, at the chosen addresses.

    Raises:
        SandboxError: no version matches, or several would share one address.
    """
    matching = tuple(
        each for each in served if choice.model in ("", each.model) and choice.version in (None, each.version)
    )
    available = ", ".join(f"{each.model} {each.version}" for each in served)
    if not matching:
        version = "version" if choice.version is None else f"version {choice.version}"
        raise SandboxError(
            f"the stack has no {version} of {choice.model or 'any model'}",
            f"choose one of {available} with MODEL= and VERSION=",
            exit_code=BAD_INPUT,
        )
    if not (choice.address or choice.grpc):
        return matching
    if len(matching) != 1:
        raise SandboxError(
            f"one server was given for {len(matching)} versions, but each version has its own servers",
            f"choose one of {available} with MODEL= and VERSION=",
            exit_code=BAD_INPUT,
        )
    return (replace(matching[0], rest=choice.address, grpc=choice.grpc),)


def from_this_machine(named: Sequence[ServedVersion], local: Mapping[str, str]) -> tuple[ServedVersion, ...]:
    """The versions at their addresses on this machine, ``127.0.0.1:PORT`` by ``SERVICE:PORT-NAME``; others stay."""
    return tuple(
        replace(each, rest=_local(each.rest, "http", local), grpc=_local(each.grpc, "grpc", local)) for each in named
    )


def _local(address: str, port: str, local: Mapping[str, str]) -> str:
    url = urlsplit(address)
    service = (url.hostname or "").partition(".")[0]
    return url._replace(netloc=local.get(f"{service}:{port}", url.netloc)).geturl()


def verifiable(named: Sequence[ServedVersion], warn: Callable[[str], None]) -> tuple[ServedVersion, ...]:
    """The versions whose runtime has a protocol with named and typed tensors; ``warn`` gets a line for each other one.

    Raises:
        SandboxError: there is no such version.
    """
    reasons = {
        each: f"{each.model} {each.version} is not verified: runtime {each.runtime} has no typed protocol: the model's"
        " handler defines its requests"
        for each in named
        if not protocol_of(each.runtime)
    }
    if len(reasons) == len(named):
        raise SandboxError(
            "; ".join(reasons.values()),
            "serve it with tensorflow-serving or triton, or compare its responses with a client that knows its handler",
            exit_code=BAD_INPUT,
        )
    for reason in reasons.values():
        warn(reason)
    return tuple(each for each in named if each not in reasons)


def targets(named: Sequence[ServedVersion], files: Path | None) -> str:
    """The input of ``python -m verification --targets -``."""
    return json.dumps(
        [{**_addresses(each), **_expectation(each, files), "protocol": protocol_of(each.runtime)} for each in named]
    )


def verify(root: Path, text: str, flags: Sequence[str]) -> int:
    """Run the checks of the checkout at ``root`` on targets; returns their exit code, after they printed the result."""
    command = [sys.executable, "-m", "verification", "--targets=-", *flags]
    return subprocess.run(command, cwd=root, input=text, text=True, check=False).returncode


def _addresses(each: ServedVersion) -> dict[str, str | int]:
    addresses = {"rest": each.rest, "grpc": each.grpc}
    return {
        "model": each.name_in_requests,
        "version": each.version,
        **{key: value for key, value in addresses.items() if value},
    }


def _expectation(each: ServedVersion, files: Path | None) -> dict[str, str]:
    return {"expect": str(files.resolve() / each.model / str(each.version) / RECORDED_PREDICTION)} if files else {}
