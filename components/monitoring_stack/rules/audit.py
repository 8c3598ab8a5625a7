"""Secrets that are read, pods that are entered and roles that are changed, as the API server counts them.

It counts for the whole cluster, neither by namespace nor by who asks: who it was is in the audit log alone. What
authorization refuses is not in these counts. Those of each server are compared with its own.
Source: https://kubernetes.io/docs/reference/instrumentation/metrics/
"""

from collections.abc import Iterator

from components.monitoring_stack.rules.rule import Alert, Group, Severity
from settings import Monitoring

LEAST_READS, TIMES_AS_MANY = 50, 10
REQUESTS = "apiserver_request_total"
_WINDOW = "10m"


def groups(monitoring: Monitoring) -> Iterator[Group]:
    """The alerts on what is done by way of the API server, if Prometheus scrapes it."""
    if monitoring.api_server:
        yield Group(name="audit", rules=[_entered(), _roles_changed(), _secrets_read()])


def _happened(by: str, *matchers: str) -> str:
    """How often within the window, also where it is the first time, of which an increase would not tell."""
    counter = f"{REQUESTS}{{{','.join(matchers)}}}"
    first = f"{counter} unless {counter} offset {_WINDOW}"
    # An API server that was not scraped for some time comes back with all that it has ever counted.
    return f"sum by ({by}) (increase({counter}[{_WINDOW}]) > 0 or {first} and on (instance) {_seen(_WINDOW)}) > 0"


def _seen(ago: str) -> str:
    """Something that is always counted, if it was scraped some time ago."""
    return f'{REQUESTS}{{resource="namespaces",verb="LIST"}} offset {ago}'


def _entered() -> Alert:
    return Alert(
        name="PodEntered",
        expr=_happened("subresource", 'resource="pods"', 'subresource=~"exec|attach|portforward"', 'verb="CONNECT"'),
        lasting="0m",
        severity=Severity.WARNING,
        summary="Somebody has entered a pod",
        description='{{ $value | printf "%.0f" }} times {{ $labels.subresource }} within 10 minutes, in any namespace.',
    )


def _roles_changed() -> Alert:
    resources = 'resource=~"roles|rolebindings|clusterroles|clusterrolebindings"'
    verbs = 'verb=~"POST|PUT|PATCH|APPLY|DELETE|DELETECOLLECTION"'
    return Alert(
        name="RoleChanged",
        expr=_happened("resource, verb", resources, verbs, 'code=~"2.."', 'dry_run=""'),
        lasting="0m",
        severity=Severity.WARNING,
        summary="Somebody has changed who may do what",
        description='{{ $value | printf "%.0f" }} times {{ $labels.verb }} of {{ $labels.resource }} within '
        "10 minutes, in any namespace.",
    )


def _secrets_read() -> Alert:
    # Every pod that starts has some read: only what is not usual is worth a look.
    reads = f'{REQUESTS}{{resource="secrets",verb=~"GET|LIST",code="200"}}'
    now, usual = f"sum(increase({reads}[{_WINDOW}]))", f"sum(increase({reads}[1h] offset {_WINDOW})) / 6"
    return Alert(
        name="SecretsReadOften",
        expr=f"{now} >= {LEAST_READS} and {now} > {TIMES_AS_MANY} * {usual} and on () {_seen('70m')}",
        lasting="0m",
        severity=Severity.WARNING,
        summary="Secrets are read more often than usual",
        description='{{ $value | printf "%.0f" }} reads of Secrets within 10 minutes, in any namespace: more than '
        f"{TIMES_AS_MANY} times as many as usual in the hour before.",
    )
