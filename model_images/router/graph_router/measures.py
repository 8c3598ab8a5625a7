"""What the router shows to Prometheus."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from graph_router.errors import Outcome, RoutingError

_PREFIX = "inference_router"
_GRAPH, _EDGE, _OUTCOME = "inference_graph", "edge", "outcome"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Measures:
    """Requests of one graph and of each of its ``edges``: every series is there from the start."""

    def __init__(self, registry: CollectorRegistry, graph: str, edges: Iterable[str]) -> None:
        edges = list(dict.fromkeys(edges))

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"{_PREFIX}_{name}", text, [_GRAPH, *labels], registry=registry)

        def histogram(name: str, text: str, *labels: str) -> Histogram:
            return Histogram(f"{_PREFIX}_{name}", text, [_GRAPH, *labels], registry=registry, buckets=_BUCKETS)

        requests = counter("requests", "Requests of the graph by what became of them", _OUTCOME)
        self._requests = {each: requests.labels(graph, each) for each in Outcome}
        self._seconds = histogram("request_seconds", "Time of the requests that were answered").labels(graph)
        self.in_flight = Gauge(
            f"{_PREFIX}_in_flight", "Requests that are being answered", [_GRAPH], registry=registry
        ).labels(graph)
        calls = counter("edge_requests", "Requests on an edge by what became of them", _EDGE, _OUTCOME)
        self._calls = {(edge, each): calls.labels(graph, edge, each) for edge in edges for each in Outcome}
        seconds = histogram("edge_seconds", "Time of an edge, with its retries and without its fallback", _EDGE)
        self._call_seconds = {edge: seconds.labels(graph, edge) for edge in edges}
        retries = counter("edge_retries", "Attempts after the first", _EDGE)
        self._retries = {edge: retries.labels(graph, edge) for edge in edges}
        fallbacks = counter("edge_fallbacks", "Requests for which the fallback was followed", _EDGE)
        self._fallbacks = {edge: fallbacks.labels(graph, edge) for edge in edges}

    def retried(self, edge: str) -> None:
        """One attempt more."""
        self._retries[edge].inc()

    def fell_back(self, edge: str) -> None:
        """The fallback of an edge is followed."""
        self._fallbacks[edge].inc()

    def turned_away(self) -> None:
        """A request that was not begun."""
        self._requests[Outcome.TURNED_AWAY].inc()

    @contextmanager
    def request(self) -> Iterator[None]:
        """One request of the graph."""
        started = time.perf_counter()
        with self.in_flight.track_inprogress(), _counted(lambda outcome: self._requests[outcome].inc()):
            yield
            self._seconds.observe(time.perf_counter() - started)

    @contextmanager
    def call(self, edge: str) -> Iterator[None]:
        """One way along an edge."""
        started = time.perf_counter()
        try:
            with _counted(lambda outcome: self._calls[edge, outcome].inc()):
                yield
        finally:
            self._call_seconds[edge].observe(time.perf_counter() - started)


@contextmanager
def _counted(count: Callable[[Outcome], None]) -> Iterator[None]:
    try:
        yield
    except RoutingError as error:
        count(error.outcome)
        raise
    except asyncio.CancelledError:
        count(Outcome.ABANDONED)
        raise
    count(Outcome.ANSWERED)
