"""Verify that served versions of models are there and answer as they did when they were published.

Exit codes: 0 every check passed, or was not asked for; 1 a check failed; 2 the input must change first.
"""

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from verification.checks.checks import Check, Limits, verify
from verification.checks.expectation import Expectation
from verification.checks.report import as_json, has_failed, summary, table
from verification.checks.target import Target, read_targets, targets_file
from verification.client.errors import BadInputError
from verification.client.protocol import ServingProtocol

FAILED = 1
BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; bad input is one plain error."""
    options = _parser().parse_args(arguments)
    try:
        limits = Limits(
            timeout_seconds=options.timeout_seconds,
            latency_milliseconds=options.latency_milliseconds,
            calls=options.calls,
        )
        checks = [check for target in _targets(options) for check in verify(target, limits)]
    except BadInputError as error:
        sys.stderr.write(f"error: {error}\n")
        return BAD_INPUT
    _tell(checks, machine=options.json)
    return FAILED if has_failed(checks) else 0


def _tell(checks: Sequence[Check], *, machine: bool) -> None:
    sys.stdout.write(f"{as_json(checks)}\n" if machine else f"{table(checks)}\n{summary(checks)}\n")


def _targets(options: argparse.Namespace) -> tuple[Target, ...]:
    one = {"--model": options.model, "--version": options.version}
    if options.targets:
        given = [
            name
            for name, value in {
                **one,
                "--address": options.address,
                "--grpc": options.grpc,
                "--protocol": options.protocol,
            }.items()
            if value
        ]
        if given or options.expect:
            raise BadInputError(f"--targets beside {', '.join(given or ['--expect'])}; give one or the other")
        return (
            read_targets(sys.stdin.read(), "stdin") if options.targets == "-" else targets_file(Path(options.targets))
        )
    missing = [name for name, value in one.items() if value is None]
    if missing or not (options.address or options.grpc):
        wanted = [*missing, *([] if options.address or options.grpc else ["--address or --grpc"])]
        raise BadInputError(f"no {', no '.join(wanted)}; name one version of a model, or a file of --targets")
    target = Target(
        model=options.model,
        version=options.version,
        rest=options.address or "",
        grpc=options.grpc or "",
        protocol=ServingProtocol(options.protocol or Target.protocol),
    )
    if not options.expect:
        return (target,)
    Expectation.read(Path(options.expect))
    return (replace(target, expect=options.expect),)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m verification", description=__doc__, allow_abbrev=False)
    parser.add_argument("--address", metavar="URL", help="where REST is answered, such as http://mnist-v1:8501")
    parser.add_argument("--grpc", metavar="URL", help="where gRPC is answered, such as grpc://mnist-v1:8500")
    parser.add_argument("--model", help="name of the model")
    parser.add_argument("--version", type=int, help="number of the version that must be served")
    parser.add_argument(
        "--protocol", choices=list(ServingProtocol), help=f"what the server speaks ({Target.protocol} without it)"
    )
    parser.add_argument("--expect", metavar="FILE", help="the version's assets.extra/verification.json")
    parser.add_argument("--targets", metavar="FILE", help="JSON list of targets instead of one; - is standard input")
    parser.add_argument(
        "--latency-milliseconds", type=_positive, metavar="MS", help="bound of the 95th percentile of predictions"
    )
    parser.add_argument("--calls", type=_count, default=Limits.calls, help="predictions that are timed (%(default)s)")
    parser.add_argument(
        "--timeout-seconds",
        type=_positive,
        default=Limits.timeout_seconds,
        metavar="S",
        help="how long an answer may take at all, retries included (%(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON on standard output")
    return parser


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text}; expected a number above zero")
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}; expected a number from one on")
    return number
