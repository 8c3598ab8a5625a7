"""A real Prometheus on what a real prometheus-operator has written from the objects of two stacks.

Whoever has queries to try asks for the fixture `reconciled`: `answer` gives the elements of a query's answer, `parse`
an expression as Prometheus reads it, `without_answer` what of an expression nobody answers. The models are those of
`stacks.py`, in the namespaces `PLAIN` and `MESH`, and every exporter of `settings/metrics/` is scraped: a name that is
added there is served at once, and has labels once `exported_labels.py` says which. It has run for seconds: what has no
answer yet may have one soon.
"""

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubernetes.client import ApiClient

from inferencectl.demos.exporter import exporting
from inferencectl.deployer import Deployer
from inferencectl.deployer.resources import Resources
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.sandbox.controllers import Flagger, Prometheus, PrometheusOperator
from tests.components.monitoring_stack.reconciled.cluster import NAMESPACE, manifests
from tests.components.monitoring_stack.reconciled.exported_labels import Seen
from tests.components.monitoring_stack.reconciled.exporters import Exporters, own_exporters
from tests.components.monitoring_stack.reconciled.operands import operands
from tests.components.monitoring_stack.reconciled.stacks import LOGS, MESH, PLAIN, objects_of
from tests.components.monitoring_stack.reconciled.written import Written, written
from tests.inferencectl.rest import Rest
from tests.waiting import soon

Manifest = Mapping[str, Any]
_MONITORING = "/apis/monitoring.coreos.com/v1"
_PATHS = {
    "Canary": "/apis/flagger.app/v1beta1/canaries",
    "ConfigMap": "/api/v1/configmaps",
    "Deployment": "/apis/apps/v1/deployments",
    "HorizontalPodAutoscaler": "/apis/autoscaling/v2/horizontalpodautoscalers",
    "Job": "/apis/batch/v1/jobs",
    "Namespace": "/api/v1/namespaces",
    "Node": "/api/v1/nodes",
    "PodMonitor": f"{_MONITORING}/podmonitors",
    "PrometheusRule": f"{_MONITORING}/prometheusrules",
    "ScaledObject": "/apis/keda.sh/v1alpha1/scaledobjects",
    "StatefulSet": "/apis/apps/v1/statefulsets",
}


@dataclass(frozen=True, kw_only=True)
class Reconciled:
    """The running Prometheus, what it was started with, and the cluster as exporters see it."""

    url: str
    written: Written
    seen: Seen

    def answer(self, query: str) -> Sequence[Manifest]:
        """The elements of the answer to an instant query."""
        found = self.get("query", query=query)
        return found["result"] if found["resultType"] == "vector" else [found]

    def parse(self, query: str) -> Manifest:
        """An expression as Prometheus parses it; an error of it is an error."""
        return self.get("parse_query", query=query)

    def without_answer(self, query: str) -> Sequence[str]:
        """The parts of an expression that have no answer, though they would if somebody exported what they read."""
        return [each for each in operands(self.parse(query)) if not self.answer(each)]

    def get(self, what: str, **parameters: str) -> Any:
        """The data of an answer of Prometheus' API."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.url}/api/v1/{what}?{urllib.parse.urlencode(parameters)}", timeout=10) as reply:
            return json.load(reply)["data"]


@contextmanager
def reconciled(cluster: Cluster, api: ApiClient, directory: Path) -> Iterator[Reconciled]:
    """Deploys the stacks, has the operator reconcile them, and runs Prometheus on what it wrote.

    Flagger is there because a release is not deployed before it has begun.
    """
    rest, prometheus = Rest(api), Prometheus(cluster)
    with ExitStack() as ending:
        flagger = Flagger(cluster)
        ending.callback(flagger.stop)
        flagger.start(_silent, loop_seconds=1)
        for namespace in (PLAIN, MESH):
            deployer = Deployer(api, namespace)
            ending.callback(deployer.destroy, _silent)
            deployer.deploy(objects_of(namespace), _silent)
        resources = Resources(api)
        for manifest in manifests(own_exporters()):
            resources.apply(manifest)
        operator = PrometheusOperator(cluster)
        ending.callback(operator.stop)
        operator.start(_silent)
        (seen,) = soon(lambda: _seen(rest), "every pod has an address")
        (made,) = soon(lambda: _complete(rest, seen), "the operator has written everything")
        exporters = Exporters(seen=seen)
        proxy = ending.enter_context(exporting(exporters.page))
        ending.callback(prometheus.stop)
        prometheus.start(made.outside(directory, prometheus.kubeconfig, proxy), _silent)
        yield Reconciled(url=prometheus.url, written=made, seen=seen)


def _silent(_message: str) -> None:
    pass


def _seen(rest: Rest) -> list[Seen]:
    """The cluster, once every pod has an address."""
    pods = [each for each in _own(rest, "/api/v1/pods") if each["status"]["phase"] != "Succeeded"]
    if not all(each["status"].get("podIP") for each in pods):
        return []
    return [Seen(objects={kind: _own(rest, path) for kind, path in _PATHS.items()}, pods=pods)]


def _own(rest: Rest, path: str) -> list[Manifest]:
    """The objects of a kind, without those of other tests."""
    found: list[Manifest] = rest.get(path)["items"]
    namespaces = {NAMESPACE, PLAIN, MESH, LOGS}
    return [
        each
        for each in found
        if each["metadata"].get("namespace", each["metadata"]["name"]) in namespaces or path.endswith("nodes")
    ]


def _complete(rest: Rest, seen: Seen) -> list[Written]:
    """What the operator has written, once it has a job for each PodMonitor and a file for each PrometheusRule."""
    try:
        made = written(rest)
    except AssertionError:
        return []
    jobs = {job_of(each) for each in seen.objects["PodMonitor"]}
    files = {file_of(each) for each in seen.objects["PrometheusRule"]}
    return [made] if jobs <= made.jobs and files <= made.rules.keys() else []


def job_of(monitor: Manifest) -> str:
    """The name of the operator's job for the only endpoint of a PodMonitor."""
    return f"podMonitor/{monitor['metadata']['namespace']}/{monitor['metadata']['name']}/0"


def file_of(rule: Manifest) -> str:
    """The name of the operator's file for a PrometheusRule."""
    metadata = rule["metadata"]
    return f"{metadata['namespace']}-{metadata['name']}-{metadata['uid']}.yaml"
