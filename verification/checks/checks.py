"""Checks that a served version is the published one: available, with its signature, and with its predictions."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from pathlib import Path

from verification.checks.comparison import difference
from verification.checks.expectation import Expectation
from verification.checks.target import Target
from verification.client.client import Client
from verification.client.errors import BadInputError, ServingError
from verification.client.tensors import shape_of
from verification.client.transport import AVAILABLE, Signature

MILLISECONDS = 1000


class Result(StrEnum):
    """The outcome of a check. A check that was not made counts neither way, and is always reported."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check of one target at one address, with details for people.

    ``after`` names the failed check that prevented this one.
    """

    model: str
    version: int
    address: str
    name: str
    result: Result
    detail: str
    after: str = ""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The deadline of each call, the bound of the 95th percentile if there is one, and the number of timed calls."""

    timeout_seconds: float = 10.0
    latency_milliseconds: float | None = None
    calls: int = 20


class _FailedError(Exception):
    """The check failed, for the reason in the message."""


def verify(target: Target, limits: Limits) -> Iterator[Check]:
    """Every check of a target, at each of its addresses. A failed check prevents those after it at the same address.

    Raises:
        BadInputError: an address is malformed.
    """
    for address in target.addresses:
        with Client(
            address,
            target.model,
            version=target.version,
            protocol=target.protocol,
            timeout_seconds=limits.timeout_seconds,
        ) as client:
            yield from _at_address(client, address, target, limits)


def percentile(sorted_values: Sequence[float], percent: int) -> float:
    """The nearest-rank percentile of values in ascending order."""
    return sorted_values[max(0, math.ceil(len(sorted_values) * percent / 100) - 1)]


def _at_address(client: Client, address: str, target: Target, limits: Limits) -> Iterator[Check]:
    check = partial(Check, model=target.model, version=target.version, address=address)
    failed = ""
    for name, step in _steps(client, target, limits).items():
        if failed:
            detail = f"the {failed} check failed"
            yield check(name=name, result=Result.NOT_CHECKED, detail=detail, after=failed)
            continue
        if not target.expect and name != "version":
            yield check(name=name, result=Result.NOT_CHECKED, detail="no recorded prediction was given")
            continue
        try:
            yield check(name=name, result=Result.PASSED, detail=step())
        except (_FailedError, ServingError, BadInputError) as error:
            failed = name
            yield check(name=name, result=Result.FAILED, detail=str(error))


def _steps(client: Client, target: Target, limits: Limits) -> dict[str, Callable[[], str]]:
    @cache
    def expectation() -> Expectation:
        return Expectation.read(Path(target.expect))

    return {
        "version": lambda: _version(client, target.version),
        "signature": lambda: _signature(client, expectation()),
        "prediction": lambda: _prediction(client, expectation()),
        "latency": lambda: _latency(client, expectation(), limits),
    }


def _version(client: Client, version: int) -> str:
    statuses = client.statuses()
    found = next((status for status in statuses if status.version == version), None)
    if found is None:
        raise _FailedError(f"version {version} is not served; the server has {', '.join(map(str, statuses)) or 'none'}")
    if found.state != AVAILABLE:
        raise _FailedError(
            f"version {found}, not {AVAILABLE}; it may still be loading, or the server's log has the error"
        )
    return str(found)


def _signature(client: Client, expectation: Expectation) -> str:
    signatures = client.signatures()
    if expectation.signature not in signatures:
        available = ", ".join(sorted(signatures)) or "none"
        raise _FailedError(f"no signature '{expectation.signature}'; the model has {available}")
    for problem in _form_problems(signatures[expectation.signature], expectation):
        raise _FailedError(f"signature '{expectation.signature}': {problem}")
    return expectation.signature


def _form_problems(signature: Signature, expectation: Expectation) -> Iterator[str]:
    sides = (("input", signature.inputs, expectation.inputs), ("output", signature.outputs, expectation.outputs))
    for side, forms, recorded in sides:
        if forms.keys() != recorded.keys():
            yield f"{side}s {', '.join(sorted(forms))}; the recording has {', '.join(sorted(recorded))}"
            continue
        for name, rows in recorded.items():
            if not forms[name].fits(shape_of(rows)):
                yield f"{side} '{name}' has shape {forms[name].shape}; the recording has {shape_of(rows)}"


def _prediction(client: Client, expectation: Expectation) -> str:
    outputs = client.predict(expectation.inputs, signature=expectation.signature)
    if found := difference(expectation.outputs, outputs, expectation.tolerance):
        raise _FailedError(found)
    rows = shape_of(next(iter(expectation.outputs.values())))[0]
    return f"{rows} rows match the recording, within {expectation.tolerance:g}"


def _latency(client: Client, expectation: Expectation, limits: Limits) -> str:
    def seconds() -> float:
        start = time.perf_counter()
        client.predict(expectation.inputs, signature=expectation.signature)
        return time.perf_counter() - start

    times = sorted(seconds() * MILLISECONDS for _ in range(limits.calls))
    p95 = percentile(times, 95)
    measured = f"p50 {percentile(times, 50):.1f} ms, p95 {p95:.1f} ms of {limits.calls} calls"
    bound = limits.latency_milliseconds
    if bound is not None and p95 > bound:
        raise _FailedError(f"{measured}; p95 must not exceed {bound:g} ms")
    return measured if bound is None else f"{measured}, limit {bound:g} ms"
