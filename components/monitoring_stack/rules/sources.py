"""What the stack's models have in common: certificates, the exporters that alerts read, and the alerts themselves."""

from collections.abc import Iterator, Sequence

from components.monitoring_stack.rules.audit import REQUESTS
from components.monitoring_stack.rules.cards import cards_of
from components.monitoring_stack.rules.logs import READ
from components.monitoring_stack.rules.releases import is_progressive
from components.monitoring_stack.rules.rule import Alert, Group, Severity
from components.monitoring_stack.rules.scaling import is_scaled_by_keda
from components.monitoring_stack.rules.watched import Watched, renamed_or_not
from settings import Monitoring

SOURCE_MISSING, WATCHDOG = "MetricsSourceMissing", "Watchdog"
LEAST_DAYS = 14
_SECONDS_PER_DAY = 86_400
_EXPIRY = "certmanager_certificate_expiration_timestamp_seconds"


def groups(models: Sequence[Watched], monitoring: Monitoring, collectors: str | None = None) -> Iterator[Group]:
    """The alerts that are not about one model."""
    expiring = [_expiring(models)] if monitoring.cert_manager else []
    sources = _sources(models, monitoring)
    sources |= {"collector": f'{READ}{{namespace="{collectors}"}}'} if collectors else {}
    missing = [_missing(source, series) for source, series in sources.items()]
    yield Group(name="platform", rules=[_watchdog(), *expiring, *missing])


def _watchdog() -> Alert:
    return Alert(
        name=WATCHDOG,
        expr="vector(1)",
        lasting="0m",
        severity=Severity.NONE,
        summary="Alerts are delivered",
        description="Fires always ({{ $value }}): who waits for it notices when alerts no longer arrive.",
    )


def _expiring(models: Sequence[Watched]) -> Alert:
    # Those of a gateway lie beside it.
    gateways = [model.args.gateway.namespace for model in models if model.args.gateway]
    namespaces = "|".join(dict.fromkeys([models[0].namespace, *gateways]))
    expiry = renamed_or_not(_EXPIRY, [f'namespace=~"{namespaces}"'])
    return Alert(
        name="CertificateExpiresSoon",
        expr=f"min by (name) ({expiry} - time()) / {_SECONDS_PER_DAY} < {LEAST_DAYS}",
        lasting="1h",
        severity=Severity.WARNING,
        summary="A certificate of the models or of their gateway expires and was not renewed",
        description="{{ $labels.name }} expires in "
        '{{ $value | printf "%.1f" }} days; cert-manager should have renewed it.',
    )


def _missing(source: str, series: str) -> Alert:
    return Alert(
        name=SOURCE_MISSING,
        expr=f"absent({series})",
        lasting="15m",
        severity=Severity.WARNING,
        summary=f"Prometheus has no metrics of {source}",
        description=f"Alerts that read metrics of {source} cannot fire ({{{{ $value }}}} source is missing).",
        labels={"source": source},
    )


def _sources(models: Sequence[Watched], monitoring: Monitoring) -> dict[str, str]:
    """A series of each exporter that the alerts of these models read, with the labels that they expect."""
    found = {
        "kube-state-metrics": models[0].kubernetes_is_seen,
        # Of any container on any node: those of the models are gone while all are scaled to zero.
        "kubelet": 'container_memory_working_set_bytes{namespace!="",container!=""}',
    }
    found |= {cards.exporter: f"{cards.used}{{}}" for cards in map(cards_of, models) if cards}
    if any(map(is_scaled_by_keda, models)):
        found["keda"] = "keda_build_info{}"
    if any(map(is_progressive, models)):
        found["flagger"] = "flagger_info{}"
    if monitoring.cert_manager:
        found["cert-manager"] = f"{_EXPIRY}{{}}"
    if monitoring.api_server:
        found["kube-apiserver"] = f"{REQUESTS}{{}}"
    return found
