"""The command line of the router."""

import argparse
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """All options; none has a default, as the platform's settings have."""
    made = argparse.ArgumentParser(prog="python -m graph_router", allow_abbrev=False, description=__doc__)
    made.add_argument("--graph", required=True, type=Path, help="the graph as the platform writes it")
    made.add_argument("--host", default="", help="address to listen at; all without it")
    made.add_argument("--port", required=True, type=int, help="port for clients and probes")
    made.add_argument("--metrics-port", required=True, type=int, help="port for Prometheus")
    made.add_argument(
        "--drain-seconds", required=True, type=float, help="how long it still takes requests when it is to stop"
    )
    return made
