"""prometheus-operator, which writes the configuration of Prometheus and of Alertmanager from objects of the cluster.

What it starts with that configuration are pods, which do nothing on simulated nodes. It leaves out the kinds that have
no definition here: agents, rulers of Thanos, scrape configurations.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from kubernetes import config

from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.resources import Resources
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.sandbox.controllers.account import write_kubeconfig
from inferencectl.sandbox.controllers.own_namespace import moved
from inferencectl.sandbox.controllers.process import Controller, stop
from inferencectl.sandbox.http_probe import http_unready
from inferencectl.sandbox.ports import LOOPBACK
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.sandbox.toolchain.toolchain import PROMETHEUS_OPERATOR

NAME = "prometheus-operator"
NAMESPACE = "prometheus-operator"

_RELOADER = "quay.io/prometheus-operator/prometheus-config-reloader"


class PrometheusOperator:
    """prometheus-operator on a running cluster, with the permissions that its own manifests grant.

    Its kubeconfig is below the sandbox's directory, in `controllers/prometheus-operator`.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._kubeconfig = cluster.kubeconfig
        self._sandbox = cluster.kubeconfig.parent
        self._directory = self._sandbox / "controllers" / NAME

    def start(self, progress: Callable[[str], None]) -> None:
        """Restarts the operator, building it first if it is not cached (about two minutes on two cores).

        Raises SandboxError if it cannot be built, exits, or does not become ready.
        """
        program = toolchain.ensure_tool(PROMETHEUS_OPERATOR, progress) / "operator"
        progress("starting prometheus-operator")
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        account = self._directory / "kubeconfig"
        with config.new_client_from_config(str(self._kubeconfig)) as api:
            resources = Resources(api)
            resources.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
            for manifest in upstream_manifests():
                resources.apply(manifest)
            resources.await_served(
                ObjectKey(group="monitoring.coreos.com", version="v1", kind="Probe", namespace="", name="")
            )
            write_kubeconfig(api, NAMESPACE, NAME, account)
        self._controller(program, account).start()

    def stop(self) -> None:
        """Stops the operator; what it has written stays."""
        stop(NAME, self._sandbox)

    def _controller(self, program: Path, account: Path) -> Controller:
        def command(ports: Sequence[int]) -> Sequence[str]:
            reloader = f"--prometheus-config-reloader={_RELOADER}:{PROMETHEUS_OPERATOR.version}"
            return (str(program), f"--web.listen-address={LOOPBACK}:{ports[0]}", reloader)

        return Controller(
            name=NAME,
            directory=self._sandbox,
            port_count=1,
            command=command,
            unready=lambda ports: http_unready(f"http://{LOOPBACK}:{ports[0]}/healthz"),
            # Its flags for the API server know client certificates only, not tokens.
            variables={"KUBECONFIG": str(account)},
        )


def upstream_manifests() -> Iterator[Mapping[str, Any]]:
    """Yields the definition that the cluster lacks, the operator's service account, its role and their binding."""
    for file in PROMETHEUS_OPERATOR.cached_files(toolchain.cache_directory()):
        yield moved(yaml.safe_load(file.read_text()), NAMESPACE)
