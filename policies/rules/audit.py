"""D05 to D07: who did what is written down, kept, and out of reach of those who write it."""

import re
from collections.abc import Iterator
from decimal import Decimal

import yaml

from api_servers import ApiServer, api_servers
from configuration import Level
from node import JsonValue, Node
from rule import Check, Rule, Severity, Violation, all_of, for_each, for_kinds, of_kinds
from scope import of, parts
from subject import Resource

_API_SERVERS = parts("API servers", api_servers)
_ELASTICSEARCH = "elasticsearch.k8s.elastic.co/Elasticsearch"
_STACK_CONFIGURATION = "stackconfigpolicy.k8s.elastic.co/StackConfigPolicy"
_ELASTIC_AUDIT = "xpack.security.audit.enabled"
_DURATION = re.compile(r"(?P<number>\d{1,9})(?P<unit>[dhms]?)")
_DAYS_PER_UNIT = {
    "": Decimal(1),
    "d": Decimal(1),
    "h": 1 / Decimal(24),
    "m": 1 / Decimal(1440),
    "s": 1 / Decimal(86400),
}
# Of the CIS Kubernetes Benchmark, 1.2.18 and 1.2.19: a number, and megabytes.
_LEAST_OF_FILES = {"audit-log-maxbackup": 10, "audit-log-maxsize": 100}
_ROLE_HOLDERS = ("core/Secret", "core/ConfigMap")
_ROLE_FILE = "roles.yml"
_DELETING = frozenset({"all", "delete", "delete_index", "manage", "write"})


def _node_sets(elasticsearch: Resource) -> list[Node]:
    return elasticsearch.properties.get("spec").get("nodeSets").items()


def _elastic_audits(node_set: Node) -> Iterator[Violation]:
    # Elasticsearch takes a setting flat or nested.
    config = node_set.get("config")
    flat, nested = config.get(_ELASTIC_AUDIT), config.get("xpack").get("security").get("audit").get("enabled")
    audit = nested if nested.is_set() else flat
    if audit.boolean() is not True:
        yield Violation.of(audit, f"Set config of the node set: {_ELASTIC_AUDIT} to true.")


def _mesh_logs_access(telemetry: Resource) -> Iterator[Violation]:
    for logging in telemetry.properties.get("spec").get("accessLogging").items():
        if logging.get("disabled").boolean():
            yield Violation.of(logging.get("disabled"), "Set accessLogging[].disabled to false, or remove it.")


def _api_server_audits(server: ApiServer) -> Iterator[Violation]:
    for name in ("audit-policy-file", "audit-log-path"):
        if not server.flag(name).text():
            yield Violation.of(server.flag(name), f"Set the API server's flag {name}.")


def _api_server_keeps(server: ApiServer) -> Iterator[Violation]:
    yield from _kept(server.flag("audit-log-maxage"), server.owner)
    # Where a number of files is the limit, or their size, few of them may hold less than the time that is asked for.
    for name, least in _LEAST_OF_FILES.items():
        limit = server.flag(name)
        if (limit.text() or "").isdecimal() and 0 < int(limit.text() or "") < least:
            yield Violation.of(limit, f"Set the API server's flag {name} to {least} or more, or remove it.")


def _lifecycle_keeps(policy: Resource) -> Iterator[Violation]:
    lifecycles = policy.properties.get("spec").get("elasticsearch").get("indexLifecyclePolicies")
    for _, lifecycle in lifecycles.entries():
        phases = lifecycle.get("policy").get("phases") if lifecycle.get("policy").is_set() else lifecycle.get("phases")
        yield from _kept(phases.get("delete").get("min_age"), policy)


def _loki_keeps(loki: Resource) -> Iterator[Violation]:
    limits = loki.properties.get("spec").get("limits")
    for holder in (limits.get("global"), *(tenant for _, tenant in limits.get("tenants").entries())):
        retention = holder.get("retention")
        if retention.is_set():
            yield from _kept(retention.get("days"), loki)
            for stream in retention.get("streams").items():
                yield from _kept(stream.get("days"), loki)


def _kept(duration: Node, owner: Resource) -> Iterator[Violation]:
    days = _days(duration)
    least, most = owner.configuration.log_retention_days, owner.configuration.log_retention_days_maximum
    # Without an end, and with the API server's 0, logs are kept for ever.
    if not days or not least <= days <= most:
        yield Violation.of(duration, f"Set {duration.path[-1]} to {least:.0f} to {most:.0f} days.")


def _days(duration: Node) -> Decimal | None:
    if duration.is_set() and not isinstance(duration.value, str):
        return Decimal(str(duration.number()))
    match = _DURATION.fullmatch(duration.text() or "")
    return Decimal(match["number"]) * _DAYS_PER_UNIT[match["unit"]] if match else None


def _roles(holder: Resource) -> Iterator[tuple[Node, dict[str, JsonValue]]]:
    """Elasticsearch's roles by name, in the file that ECK takes them from."""
    for field in ("data", "stringData"):
        file = holder.properties.get(field).get(_ROLE_FILE)
        try:
            roles: JsonValue = yaml.safe_load(file.text() or "")
        except yaml.YAMLError:
            continue
        if isinstance(roles, dict):
            yield file, roles


def _roles_of(resource: Resource) -> Iterator[tuple[Node, dict[str, JsonValue]]]:
    if resource.kind_name in _ROLE_HOLDERS:
        yield from _roles(resource)


def _writers_delete_nothing(roles: tuple[Node, dict[str, JsonValue]]) -> Iterator[Violation]:
    file, by_name = roles
    for name, role in by_name.items():
        entries = role.get("indices") if isinstance(role, dict) else None
        for entry in entries if isinstance(entries, list) else ():
            granted = entry.get("privileges") if isinstance(entry, dict) else None
            privileges = (
                {each for each in granted if isinstance(each, str)} if isinstance(granted, list) else set[str]()
            )
            if privileges & _DELETING:
                yield Violation(file.path, f"role {name} may {', '.join(sorted(privileges & _DELETING))}")


def _outlives_cluster(elasticsearch: Resource) -> Iterator[Violation]:
    policy = elasticsearch.properties.get("spec").get("volumeClaimDeletePolicy")
    if policy.text() != "DeleteOnScaledownOnly":
        yield Violation.of(policy, "Set volumeClaimDeletePolicy to DeleteOnScaledownOnly.")


RULES = (
    Rule(
        id="D05",
        title="Audit logging is enabled",
        why="Without an audit log nobody can find out later who changed a model, read a Secret or opened a shell in a"
        " pod.",
        severity=Severity.HIGH,
        remedy="Enable the audit log.",
        check=all_of(
            Check(_API_SERVERS, for_each(api_servers, _api_server_audits)),
            of_kinds([_ELASTICSEARCH], for_each(_node_sets, _elastic_audits)),
            for_kinds(["telemetry.istio.io/Telemetry"], _mesh_logs_access),
        ),
    ),
    Rule(
        id="D06",
        title="Logs are retained for the required period",
        why="Intrusions are often found months later, and China's Cybersecurity Law requires six months of logs. Logs "
        "hold personal data too, which may not be kept for longer than needed (GDPR, article 5).",
        severity=Severity.HIGH,
        remedy="Set the retention between logRetentionDays and logRetentionDaysMaximum of the policy configuration.",
        check=all_of(
            Check(_API_SERVERS, for_each(api_servers, _api_server_keeps)),
            for_kinds([_STACK_CONFIGURATION], _lifecycle_keeps),
            for_kinds(["loki.grafana.com/LokiStack"], _loki_keeps),
        ),
    ),
    Rule(
        id="D07",
        title="Log writers cannot delete logs",
        why="An attacker who takes over a component that writes logs could otherwise remove the evidence.",
        severity=Severity.MEDIUM,
        remedy="Grant roles that write logs only create_doc, and leave deletion to lifecycle policies.",
        check=all_of(
            of_kinds(_ROLE_HOLDERS, for_each(_roles, _writers_delete_nothing)),
            for_kinds([_ELASTICSEARCH], _outlives_cluster),
        ).about(parts("roles of Elasticsearch", _roles_of) | of(_ELASTICSEARCH)),
        level=Level.ADVISORY,
    ),
)
