"""R10: API servers know who asks, and whether they may (CIS Kubernetes Benchmark 1.2)."""

from collections.abc import Iterator

from api_servers import ApiServer, api_servers
from rule import Check, Rule, Severity, Violation, for_each
from scope import parts

_NEEDED_PLUGINS = frozenset({"NamespaceLifecycle", "NodeRestriction", "PodSecurity", "ServiceAccount"})


def _words(server: ApiServer, flag: str) -> set[str]:
    return {word.strip() for word in (server.flag(flag).text() or "").split(",") if word.strip()}


def _knows_who_asks(server: ApiServer) -> Iterator[Violation]:
    if (server.flag("anonymous-auth").text() or "").lower() == "true":
        yield Violation.of(server.flag("anonymous-auth"), "Set the flag anonymous-auth to false.")
    for flag in ("token-auth-file", "basic-auth-file"):
        if server.flag(flag).text():
            yield Violation.of(server.flag(flag), f"Remove the flag {flag}: such credentials never expire.")
    if server.flag("insecure-port").text() not in (None, "0"):
        yield Violation.of(server.flag("insecure-port"), "Remove insecure-port: who asks there may do all.")


def _authorizes(server: ApiServer) -> Iterator[Violation]:
    modes = _words(server, "authorization-mode")
    if "AlwaysAllow" in modes or (modes and "RBAC" not in modes):
        yield Violation.of(server.flag("authorization-mode"), "Set the flag authorization-mode to Node,RBAC.")


def _admits(server: ApiServer) -> Iterator[Violation]:
    if "AlwaysAdmit" in _words(server, "enable-admission-plugins"):
        yield Violation.of(server.flag("enable-admission-plugins"), "Remove AlwaysAdmit from enable-admission-plugins.")
    if _NEEDED_PLUGINS & _words(server, "disable-admission-plugins"):
        disabled = server.flag("disable-admission-plugins")
        yield Violation.of(disabled, f"Remove {', '.join(sorted(_NEEDED_PLUGINS))} from disable-admission-plugins.")


RULES = (
    Rule(
        id="R10",
        title="API servers authenticate and authorise every request",
        why="An API server that answers anonymous requests, or allows everything, makes every other rule on access "
        "worthless.",
        severity=Severity.CRITICAL,
        remedy="Set the API server's flags to authenticate and authorise every request.",
        check=Check(parts("API servers", api_servers), for_each(api_servers, _knows_who_asks, _authorizes, _admits)),
    ),
)
