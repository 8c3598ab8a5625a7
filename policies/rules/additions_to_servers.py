"""P22: model servers have the variables, annotations and labels that are on the stack's lists."""

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import partial

from environment import variables
from rule import Check, Outcome, Rule, Severity, Violation, for_parts
from rules.additions import LOADED_FIRST
from scope import MODEL_SERVERS
from subject import Resource
from workloads import Container, ContainerKind, Pod

# What the platform, its mesh and Kubernetes itself write; other rules judge what these may say.
_OWN_DOMAINS = ("app.kubernetes.io", "inference", "istio.io", "k8s.io", "kubernetes.io", "prometheus.io", "pulumi.com")


def _judged(resource: Resource) -> Iterator[Outcome]:
    allowed, unsafe = resource.configuration.server_variables, resource.configuration.unsafe_server_variables
    known = (*_OWN_DOMAINS, *resource.configuration.metadata_domains)
    has_known_variables = partial(_has_known_variables, allowed=allowed, unsafe=unsafe)
    yield from for_parts([_containers], has_known_variables)(resource)
    yield from for_parts([_servers], partial(_is_of_known_domains, known=known))(resource)


def _servers(pod: Pod) -> Iterable[Pod]:
    return (pod,) if pod.is_model_server() else ()


def _containers(pod: Pod) -> Iterable[Container]:
    return (container for server in _servers(pod) for container in server.containers(ContainerKind.APP))


def _has_known_variables(container: Container, allowed: Sequence[str], unsafe: Sequence[str]) -> Iterator[Violation]:
    for entry in variables(container):
        name = entry.get("name").text() or ""
        # P20 knows which libraries may be loaded first.
        if name and name not in LOADED_FIRST and not _is_allowed(name, allowed, unsafe):
            yield Violation(entry.get("name").path, name, "Remove the variable, or add it to serverVariables.")


def _is_allowed(name: str, allowed: Sequence[str], unsafe: Sequence[str]) -> bool:
    if name in allowed:
        return True
    return _is_like(name, allowed) and not _is_like(name, unsafe)


def _is_like(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _is_of_known_domains(pod: Pod, known: Sequence[str]) -> Iterator[Violation]:
    for holder in ("annotations", "labels"):
        for name, value in pod.metadata.get(holder).entries():
            domain = name.rpartition("/")[0]
            if domain and not any(domain == each or domain.endswith(f".{each}") for each in known):
                yield Violation(value.path, f"domain {domain}", f"Remove it, or add {domain} to metadataDomains.")


RULES = (
    Rule(
        id="P22",
        title="Model servers have only what the stack's lists allow",
        why="A variable can make a server load other code, see every card of the node, or write where it should not. "
        "An annotation can have another program change the pod after its review.",
        severity=Severity.HIGH,
        remedy="Remove it, or add it to the lists of the policy configuration.",
        check=Check(MODEL_SERVERS, _judged),
    ),
)
