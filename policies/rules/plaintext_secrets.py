"""D01 and D02: where secrets are kept."""

import re
from collections.abc import Iterator
from itertools import zip_longest

import credentials
from configuration import Level
from environment import variables
from node import Node
from rule import Check, Rule, Severity, Violation, all_of, for_containers, for_each, for_resource, of_kinds
from scope import Scope
from subject import Resource
from workloads import Container

_REMEDY = "Keep it in a Secret, and name that in env[].valueFrom.secretKeyRef or in a volume."
_FLAG = re.compile(r"-{1,2}(?P<name>[\w.-]+)(?:=(?P<value>.*))?", re.DOTALL)
_SECRET = "core/Secret"  # noqa: S105 - a kind
_GENERATED_SECRETS = ("kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token")


def _environment(container: Container) -> Iterator[Violation]:
    for entry in variables(container):
        value = entry.get("value")
        yield from _violations(value, credentials.in_value(entry.get("name").text() or "", value.text() or ""))


def _command_line(container: Container) -> Iterator[Violation]:
    for field in ("command", "args"):
        words = container.node.get(field).items()
        for word, following in zip_longest(words, words[1:]):
            yield from _word(word, following)


def _word(word: Node, following: Node | None) -> Iterator[Violation]:
    """A flag with its value, a flag whose value is the next word, or a script."""
    text = word.text() or ""
    flag = _FLAG.fullmatch(text)
    if flag is None:
        yield from _violations(word, credentials.in_text(text))
    elif flag["value"] is not None:
        yield from _violations(word, credentials.in_value(flag["name"], flag["value"]))
    elif following is not None and credentials.names_secret(flag["name"]) and not _is_flag(following):
        yield from _violations(following, credentials.in_value(flag["name"], following.text() or ""))


def _is_flag(word: Node) -> bool:
    return (word.text() or "").startswith("-")


def _entries(config_map: Resource) -> Iterator[Node]:
    yield from (entry for _, entry in config_map.properties.get("data").entries())


def _entry(entry: Node) -> Iterator[Violation]:
    text = entry.text() or ""
    if "\n" in text.strip():
        yield from _violations(entry, credentials.in_text(text))
    else:
        yield from _violations(entry, credentials.in_value(str(entry.path[-1]), text))


def _violations(node: Node, kind: str | None) -> Iterator[Violation]:
    if kind is not None:
        yield Violation(node.path, kind)


def _is_secret_of_production(resource: Resource) -> bool:
    return resource.kind_name == _SECRET and resource.configuration.production


def _comes_from_a_store(secret: Resource) -> Iterator[Violation]:
    if not _is_secret_of_production(secret) or secret.properties.get("type").text() in _GENERATED_SECRETS:
        return
    for field in ("data", "stringData"):
        content = secret.properties.get(field)
        if content.entries():
            yield Violation(content.path, f"{len(content.entries())} values")


RULES = (
    Rule(
        id="D01",
        title="Credentials are not stored in plain text",
        why="Environment variables, arguments and ConfigMaps show up in manifests, logs and the output of kubectl "
        "describe. Whoever can read those has the secret.",
        severity=Severity.CRITICAL,
        remedy=_REMEDY,
        check=all_of(
            for_containers(_environment, _command_line), of_kinds(["core/ConfigMap"], for_each(_entries, _entry))
        ),
    ),
    Rule(
        id="D02",
        title="Production Secrets come from an external store",
        why="A Secret in the program is also in its source or its state, and changing it needs a deployment. An "
        "external store keeps it in one place, rotates it and logs access.",
        severity=Severity.MEDIUM,
        remedy="Replace data by an ExternalSecret, or by a volume of the Secrets Store CSI driver.",
        check=Check(Scope(("Secrets of production",), _is_secret_of_production), for_resource(_comes_from_a_store)),
        level=Level.ADVISORY,
    ),
)
