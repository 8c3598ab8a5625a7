"""Verify that model versions are served and answer as they did when they were published.

Exit codes: 0 no check failed; 1 a check failed; 2 the input is invalid.
"""

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from verification.checks.checks import Limits, verify
from verification.checks.expectation import Expectation
from verification.checks.report import as_json, has_failed, listing, summary
from verification.checks.target import Target, read_targets, read_targets_file
from verification.client.errors import BadInputError
from verification.client.protocol import ServingProtocol

FAILED = 1
BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; invalid input is reported in one line."""
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
    sys.stdout.write(f"{as_json(checks)}\n" if options.json else f"{listing(checks)}\n{summary(checks)}\n")
    return FAILED if has_failed(checks) else 0


def _targets(options: argparse.Namespace) -> tuple[Target, ...]:
    return _listed_targets(options) if options.targets else (_single_target(options),)


def _listed_targets(options: argparse.Namespace) -> tuple[Target, ...]:
    single = {
        "--model": options.model,
        "--version": options.version,
        "--address": options.address,
        "--grpc": options.grpc,
        "--protocol": options.protocol,
        "--expect": options.expect,
    }
    given = [name for name, value in single.items() if value]
    if given:
        raise BadInputError(f"--targets cannot be combined with {', '.join(given)}")
    if options.targets == "-":
        return read_targets(sys.stdin.read(), "stdin")
    return read_targets_file(Path(options.targets))


def _single_target(options: argparse.Namespace) -> Target:
    required = {
        "--model": options.model is not None,
        "--version": options.version is not None,
        "--address or --grpc": options.address or options.grpc,
    }
    missing = [name for name, given in required.items() if not given]
    if missing:
        raise BadInputError(f"missing {', '.join(missing)}; specify one version of a model, or --targets")
    if options.expect:
        # An unreadable file is invalid input, not a failed check.
        Expectation.read(Path(options.expect))
    return Target(
        model=options.model,
        version=options.version,
        rest=options.address or "",
        grpc=options.grpc or "",
        expect=options.expect or "",
        protocol=ServingProtocol(options.protocol or Target.protocol),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m verification", description=__doc__, allow_abbrev=False)
    parser.add_argument("--address", metavar="URL", help="the server's REST address, such as http://mnist-v1:8501")
    parser.add_argument("--grpc", metavar="URL", help="the server's gRPC address, such as grpc://mnist-v1:8500")
    parser.add_argument("--model", help="the model's name")
    parser.add_argument("--version", type=int, help="the expected version number")
    parser.add_argument(
        "--protocol", choices=list(ServingProtocol), help=f"the server's protocol (default {Target.protocol})"
    )
    parser.add_argument("--expect", metavar="FILE", help="the version's assets.extra/verification.json")
    parser.add_argument("--targets", metavar="FILE", help="JSON list of targets; - reads standard input")
    parser.add_argument(
        "--latency-milliseconds", type=_positive, metavar="MS", help="maximum 95th percentile of the prediction latency"
    )
    parser.add_argument(
        "--calls", type=_count, default=Limits.calls, help="number of timed predictions (default %(default)s)"
    )
    parser.add_argument(
        "--timeout-seconds",
        type=_positive,
        default=Limits.timeout_seconds,
        metavar="S",
        help="deadline of each call, including its retries (default %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON on standard output")
    return parser


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text}; expected a number greater than 0")
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}; expected an integer of at least 1")
    return number
