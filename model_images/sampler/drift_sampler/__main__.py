"""Entry point of ``python -m drift_sampler``: runs until SIGTERM."""

import argparse
import asyncio
import signal
import sys

from prometheus_client import CollectorRegistry, ProcessCollector

from drift_sampler.asking import GrpcAsker, HttpAsker
from drift_sampler.distributions import Observed
from drift_sampler.errors import UnusableReferenceError
from drift_sampler.exposition import Exposition
from drift_sampler.grpc_protocol import GRPC_PROTOCOLS
from drift_sampler.intake import Intake
from drift_sampler.options import parser
from drift_sampler.protocol import PROTOCOLS
from drift_sampler.reference import read_reference
from drift_sampler.sampler import Sampler, Served, Way
from drift_sampler.server import copies_application, listen, listen_to_calls, metrics_application
from drift_sampler.tally import Tally


async def run(options: argparse.Namespace) -> None:
    """Without a reference it serves all the same, and says so: no client is to notice."""
    observed, tally = _observed(options), Tally()
    intake, served = Intake(tally, most_bytes=options.most_bytes), _served(options)
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(
        Exposition(served, observed=observed, tally=tally, intake=intake, least_samples=options.least_samples)
    )
    ended = asyncio.Event()
    for stop in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(stop, ended.set)
    runners = [
        await listen(metrics_application(registry), options.host, options.metrics_port),
        await listen(copies_application(intake), options.host, options.port),
    ]
    calls = await listen_to_calls(intake, options.host, options.grpc_port, most_bytes=options.most_bytes)
    sampling = asyncio.create_task(Sampler(served, observed, tally).run(intake))
    stopped = asyncio.create_task(ended.wait())
    # A sampler that has failed ends with its error, and is started again.
    await asyncio.wait([sampling, stopped], return_when=asyncio.FIRST_COMPLETED)
    for runner in runners:
        await runner.cleanup()
    await calls.stop(None)
    if sampling.done():
        sampling.result()
    sampling.cancel()


def _served(options: argparse.Namespace) -> Served:
    http = HttpAsker(options.address, most_bytes=options.most_bytes)
    grpc = GrpcAsker(options.grpc_address, most_bytes=options.most_bytes)
    return Served(
        model=options.model,
        name_in_requests=options.served_name or options.model,
        version=options.version,
        http=Way(protocol=PROTOCOLS[options.protocol], asker=http),
        grpc=Way(protocol=GRPC_PROTOCOLS[options.protocol], asker=grpc),
    )


def _observed(options: argparse.Namespace) -> Observed | None:
    try:
        reference = read_reference(options.reference)
    except UnusableReferenceError as error:
        _say(f"no reference, so that nothing is sampled: {error}")
        return None
    _say(
        f"reference of {options.model} {options.version}: {len(reference.all)} distributions, sha256:{reference.sha256}"
    )
    return Observed(reference, window_seconds=options.window_seconds)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    asyncio.run(run(parser().parse_args()))
