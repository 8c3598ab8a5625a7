"""Prometheus, scraping what a configuration names, with Kubernetes as its service discovery."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from kubernetes import config

from inferencectl.deployer.resources import Resources
from inferencectl.sandbox import processes
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.sandbox.controllers.account import write_kubeconfig
from inferencectl.sandbox.controllers.process import stop
from inferencectl.sandbox.http_probe import http_unready
from inferencectl.sandbox.launch import wait_for
from inferencectl.sandbox.ports import LOOPBACK, free_ports
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.sandbox.toolchain.toolchain import PROMETHEUS
from inferencectl.workspace.files import write_atomically

NAME = "prometheus"
NAMESPACE = "monitoring"


class Prometheus:
    """A Prometheus server on a running cluster; its address does not change while this object lives.

    Its configuration, its data and the kubeconfig of its service account are below the sandbox's directory, in
    `controllers/prometheus`.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._sandbox = cluster.kubeconfig.parent
        self._directory = self._sandbox / "controllers" / "prometheus"
        (self._port,) = free_ports(1)

    @property
    def kubeconfig(self) -> Path:
        """The `kubeconfig_file` for the `kubernetes_sd_configs` entries of its configuration."""
        return self._directory / "kubeconfig"

    @property
    def url(self) -> str:
        """The base of its HTTP API."""
        return f"http://{LOOPBACK}:{self._port}"

    def start(self, configuration: Mapping[str, Any], progress: Callable[[str], None]) -> None:
        """Restarts Prometheus on its existing data, building it first if it is not cached (about four minutes).

        Raises SandboxError if it cannot be built, exits, or does not become ready.
        """
        program = toolchain.ensure_tool(PROMETHEUS, progress) / "prometheus"
        self.stop()
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with config.new_client_from_config(str(self._cluster.kubeconfig)) as api:
            for manifest in account():
                Resources(api).apply(manifest)
            write_kubeconfig(api, NAMESPACE, NAME, self.kubeconfig)
        write_atomically(self._directory / "prometheus.yaml", yaml.safe_dump(dict(configuration)))
        command = (
            str(program),
            f"--config.file={self._directory / 'prometheus.yaml'}",
            f"--storage.tsdb.path={self._directory / 'data'}",
            f"--web.listen-address={LOOPBACK}:{self._port}",
        )
        component = processes.start(NAME, command, self._sandbox)
        wait_for(lambda: http_unready(f"{self.url}/-/ready"), [component])

    def stop(self) -> None:
        """Stops Prometheus and keeps its data."""
        stop(NAME, self._sandbox)


def account() -> Iterator[Mapping[str, Any]]:
    """A service account that may discover pods."""
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": NAME}}
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": NAME, "namespace": NAMESPACE}}
    pods = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}
    yield {**role, "kind": "ClusterRole", "rules": [pods]}
    yield {
        **role,
        "kind": "ClusterRoleBinding",
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": NAME},
        "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}],
    }
