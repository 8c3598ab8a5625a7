"""The command line of the sampler."""

import argparse
from pathlib import Path

from drift_sampler.protocol import PROTOCOLS

LEAST_SAMPLES = 200


def parser() -> argparse.ArgumentParser:
    """All options; none has a default, as the platform's settings have."""
    made = argparse.ArgumentParser(prog="python -m drift_sampler", allow_abbrev=False, description=__doc__)
    made.add_argument("--model", required=True, help="name of the model, as its metrics are labelled")
    made.add_argument("--served-name", default="", help="name of the model in requests, if it is another")
    made.add_argument("--version", required=True, type=int, help="the version that --address answers with")
    made.add_argument("--address", required=True, help="URL of the version's server, without a path")
    made.add_argument("--grpc-address", required=True, help="host and port at which that server takes gRPC")
    made.add_argument("--protocol", required=True, choices=sorted(PROTOCOLS))
    made.add_argument("--reference", required=True, type=Path, help="the version's reference_distribution.json")
    made.add_argument("--most-bytes", required=True, type=int, help="largest request or answer that is read")
    made.add_argument("--window-seconds", required=True, type=int, help="length of the sliding window")
    made.add_argument("--least-samples", required=True, type=int, help="rows from which on drift is shown")
    made.add_argument("--host", default="", help="address to listen at; all without it")
    made.add_argument("--port", required=True, type=int, help="port that takes copies")
    made.add_argument("--grpc-port", required=True, type=int, help="port that takes copies over gRPC")
    made.add_argument("--metrics-port", required=True, type=int, help="port for Prometheus and probes")
    return made
