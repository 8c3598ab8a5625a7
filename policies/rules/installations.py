"""S04: what is installed from a chart or a repository, and so is judged nowhere."""

from collections.abc import Iterator

from configuration import Level
from node import Node
from rule import Rule, Severity, Violation, for_kinds
from subject import Resource

# Kind to the property that names what is installed.
_INSTALLATIONS = {
    "addons.cluster.x-k8s.io/HelmChartProxy": ("spec", "chartName"),
    "argoproj.io/Application": ("spec",),
    "argoproj.io/ApplicationSet": ("spec",),
    "helm.cattle.io/HelmChart": ("spec", "chart"),
    "helm.sh/Release": ("chart",),
    "helm.toolkit.fluxcd.io/HelmRelease": ("spec", "chart"),
    "kustomize.toolkit.fluxcd.io/Kustomization": ("spec", "path"),
}


def _is_judged(installation: Resource) -> Iterator[Violation]:
    source: Node = installation.properties
    for step in _INSTALLATIONS[installation.kind_name]:
        source = source.get(step)
    yield Violation(source.path, "its objects are not judged: they exist only in the cluster")


RULES = (
    Rule(
        id="S04",
        title="Objects that are installed are judged too",
        why="A chart or a repository makes objects of any kind. No rule sees them here, so they may break every rule.",
        severity=Severity.MEDIUM,
        remedy="Render it into the program (kubernetes.helm.v4.Chart), or judge what it renders beforehand.",
        check=for_kinds(_INSTALLATIONS, _is_judged),
        level=Level.ADVISORY,
    ),
)
