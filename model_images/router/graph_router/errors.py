"""What a router refuses, and what can happen on an edge."""

from enum import StrEnum


class UnusableGraphError(Exception):
    """The file of the graph cannot be used; the message names the place in it and what was expected."""


class UnreadableError(Exception):
    """A request or an answer is not what its protocol says."""


class Outcome(StrEnum):
    """What became of a request, of the graph or on one edge."""

    ANSWERED = "answered"
    REFUSED = "refused"
    """What was asked cannot be answered, whoever is asked."""
    UNAVAILABLE = "unavailable"
    """Nobody took the request."""
    TIMED_OUT = "timed-out"
    FAILED = "failed"
    """It was taken, and there is no answer that can be used."""
    BUDGET_SPENT = "budget-spent"
    TURNED_AWAY = "turned-away"
    """The router had as much to do as it may, or is about to stop."""
    ABANDONED = "abandoned"
    """Nobody waits for it: the client has gone, or another member of the ensemble has failed."""


class RoutingError(Exception):
    """A request that gets no answer; ``outcome`` says whose fault it is, the message where it happened."""

    def __init__(self, outcome: Outcome, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome

    @property
    def is_of_the_callee(self) -> bool:
        """Whether somebody else may answer the same request in time."""
        return self.outcome in (Outcome.UNAVAILABLE, Outcome.TIMED_OUT, Outcome.FAILED)


def refused(message: str) -> RoutingError:
    """The request itself is wrong."""
    return RoutingError(Outcome.REFUSED, message)


def failed(message: str) -> RoutingError:
    """An answer that cannot be used."""
    return RoutingError(Outcome.FAILED, message)
