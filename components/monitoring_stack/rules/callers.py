"""Who asks a model, and what becomes of it, as far as the model's mesh sees that.

A caller is known by the identity of its pods. Whoever comes by the entrance has that of the entrance, whatever token it
carries.
"""

from collections.abc import Iterator, Mapping, Sequence

from components.model_service.runtimes import Series
from components.monitoring_stack.rules.rule import UNHURRIED, Group, Recording
from components.monitoring_stack.rules.watched import Watched, labelled
from components.service_mesh.meshed_model import Identity, MeshedModel
from components.service_mesh.profile import RequestCounter
from components.service_mesh.profiles import profile_of

BY_CALLER = "inference:requests_by_caller:rate5m"
CALLER, OUTCOME = "caller", "outcome"
ANSWERED, REFUSED, FAILED = "answered", "refused", "failed"
OTHERS = "(other)"
"""In parentheses, which no name of a caller has; so is the entrance."""

# By the status that HTTP has for each, in comments of google/rpc/code.proto: 4xx are the client's.
_GRPC_OF_CLIENTS = "1|3|5|6|7|8|9|10|11|16"


def groups(model: Watched) -> Iterator[Group]:
    """The requests of each caller by outcome, where the mesh counts them."""
    if counter := counted(model):
        recording = Recording(record=BY_CALLER, expr=_by_caller(model, counter), model=model.name)
        # For people to look at: no alert reads it.
        yield Group(name=f"{model.name}-callers", rules=[recording], interval=UNHURRIED)


def counted(model: Watched) -> RequestCounter | None:
    """What counts the model's requests by caller, if anything does."""
    return profile_of(model.args.mesh).requests(model.args.mesh)


def _by_caller(model: Watched, counter: RequestCounter) -> str:
    seen = model.own(Series(name=counter.name, matchers=counter.matchers))
    rates = f"sum by ({counter.source}, {counter.status}, {counter.grpc_status}) (rate({seen}[5m]))"
    named = _with_outcome(_with_caller(rates, model.args.meshed, counter), counter)
    return f"sum by ({CALLER}, {OUTCOME}) ({named})"


def _with_caller(rates: str, meshed: MeshedModel, counter: RequestCounter) -> str:
    found = labelled(rates, CALLER, OTHERS, counter.source, ".*")
    for pods, names in _callers(meshed).items():
        found = labelled(found, CALLER, ", ".join(names), counter.source, counter.identity(pods))
    return found


def _callers(meshed: MeshedModel) -> Mapping[Identity, Sequence[str]]:
    """The names by identity: those with the same are not told apart, and a namespace comes before its accounts."""
    known = [(meshed.entrance, "(entrance)")] if meshed.entrance else []
    known += [
        (Identity(namespace=each.namespace, service_account=each.service_account), each.name)
        for each in meshed.inside
        if each.namespace
    ]
    names = dict[Identity, list[str]]()
    for pods, name in sorted(known, key=lambda each: each[0].service_account is not None):
        names.setdefault(pods, []).append(name)
    return names


def _with_outcome(rates: str, counter: RequestCounter) -> str:
    # Whoever gave up has no status, and a call that failed has that of a request that was answered.
    found = labelled(rates, OUTCOME, REFUSED, counter.status, ".*")
    found = labelled(found, OUTCOME, ANSWERED, counter.status, "2..|3..")
    found = labelled(found, OUTCOME, FAILED, counter.status, "5..")
    found = labelled(found, OUTCOME, FAILED, counter.grpc_status, ".+")
    found = labelled(found, OUTCOME, REFUSED, counter.grpc_status, _GRPC_OF_CLIENTS)
    return labelled(found, OUTCOME, ANSWERED, counter.grpc_status, "0")
