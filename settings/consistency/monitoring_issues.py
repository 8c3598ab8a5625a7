"""Check that a Prometheus that the stack installs has a namespace of its own, keeps enough, and survives a node."""

from collections.abc import Iterable, Iterator, Mapping

from settings.cluster.autoscaling import Autoscaling
from settings.cluster.mesh.mesh import Mesh
from settings.cluster.monitoring import Monitoring
from settings.cluster.monitoring_installation import MonitoringInstallation
from settings.consistency.namespaces import owners
from settings.environment import PROD_REPLICAS, Environment
from settings.model.model import Model
from settings.model.objective import BUDGET_DAYS
from settings.validation.issues import MISSING, Issue
from settings.validation.section import key_of


def monitoring_issues(
    monitoring: Monitoring | None,
    mesh: Mesh,
    autoscaling: Autoscaling | None,
    others: Mapping[str, str | None],
    environment: Environment,
) -> Iterator[Issue]:
    """What an installation has in common with others, by path below monitoring; ``others`` are whose namespaces."""
    if monitoring is None or monitoring.installation is None:
        return
    yield from _namespace_issues(monitoring, monitoring.installation, _taken(mesh, others))
    if monitoring.alerting and not monitoring.installation.alertmanager.cidrs:
        yield Issue(
            path=("installation", "alertmanager", "cidrs"),
            found=MISSING,
            expected="the networks of the receivers in alerting: Alertmanager reaches no others",
        )
    if monitoring.api_server:
        yield Issue(
            path=("apiServer",),
            found="true, with an installation",
            expected="false: it is found in the default namespace, where the stack makes nothing, no rights either",
            hint="a Prometheus that is installed without the stack may scrape it",
        )
    if environment is Environment.PROD:
        yield from _prod_issues(monitoring.installation)
    if autoscaling is None or autoscaling.scraper_namespace != monitoring.scraper_namespace:
        return
    if autoscaling.scrape_interval_seconds < monitoring.scrape_interval_seconds:
        yield Issue(
            path=("scrapeIntervalSeconds",),
            found=f"{monitoring.scrape_interval_seconds}, of the Prometheus that models are scaled by",
            expected=f"at most {autoscaling.scrape_interval_seconds}, the scrapeIntervalSeconds of autoscaling",
        )


def retention_issues(monitoring: Monitoring | None, models: Iterable[Model]) -> Iterator[Issue]:
    """Whether series are kept for as long as objectives look back, by path below monitoring."""
    if monitoring is None or monitoring.installation is None:
        return
    promising = next((model.name for model in models if model.objective), None)
    days = monitoring.installation.prometheus.retention_days
    if promising and days <= BUDGET_DAYS:
        yield Issue(
            path=("installation", "prometheus", "retentionDays"),
            found=f"{days}, and model '{promising}' has an objective over {BUDGET_DAYS} days",
            expected=f"more than {BUDGET_DAYS}",
        )


def _taken(mesh: Mesh, others: Mapping[str, str | None]) -> Mapping[str, str]:
    """Whose namespaces the stack names; those of the mesh are checked against this one where it is installed."""
    # Its own, and that of the pods by whose series models are scaled, which may be the same.
    shared = ("monitoring", "autoscaling")
    control_plane = {} if mesh.installation or not mesh.is_on else {"the mesh": mesh.control_plane_namespace}
    return owners({**{owner: each for owner, each in others.items() if owner not in shared}, **control_plane}, mesh)


def _namespace_issues(
    monitoring: Monitoring, installation: MonitoringInstallation, taken: Mapping[str, str]
) -> Iterator[Issue]:
    own = monitoring.scraper_namespace
    if own in taken or own.startswith("kube-"):
        yield Issue(
            path=("scraperNamespace",),
            found=f"'{own}', also a namespace of {taken.get(own, 'the cluster')}",
            expected="a namespace of its own, which the stack makes",
            hint="a Prometheus that is there already needs no installation here",
        )
    closed = {own: "Prometheus", **{each: owner for each, owner in taken.items() if owner == "the models"}}
    for field in type(installation.sources).model_fields:
        found = getattr(installation.sources, field)
        if found in closed:
            yield Issue(
                path=("installation", "sources", key_of(field)),
                found=f"'{found}', the namespace of {closed[found]}",
                expected="where the exporter is: the stack makes nothing of it",
            )


def _prod_issues(installation: MonitoringInstallation) -> Iterator[Issue]:
    for name, replicas in (
        ("prometheus", installation.prometheus.replicas),
        ("alertmanager", installation.alertmanager.replicas),
    ):
        if replicas < PROD_REPLICAS:
            yield Issue(
                path=("installation", name, "replicas"),
                found=str(replicas),
                expected=f"at least {PROD_REPLICAS} in prod: nobody is told while there is none",
            )
