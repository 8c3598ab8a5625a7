"""Flagger, which moves requests to a new version step by step while metrics allow it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from kubernetes import config

from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.resources import Resources
from inferencectl.sandbox import processes
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.sandbox.controllers.account import write_kubeconfig
from inferencectl.sandbox.controllers.own_namespace import moved
from inferencectl.sandbox.controllers.process import Controller, stop
from inferencectl.sandbox.http_probe import http_unready
from inferencectl.sandbox.ports import LOOPBACK
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.sandbox.toolchain.toolchain import FLAGGER

NAME = "flagger"
NAMESPACE = "flagger-system"
LOOP_SECONDS = 10
"""How often Flagger looks for new Canaries."""


class Flagger:
    """Flagger on a running cluster, with the permissions that its own manifests grant.

    Its kubeconfig is below the sandbox's directory, in `controllers/flagger`.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._kubeconfig = cluster.kubeconfig
        self._sandbox = cluster.kubeconfig.parent
        self._directory = self._sandbox / "controllers" / "flagger"

    def start(self, progress: Callable[[str], None], *, loop_seconds: int = LOOP_SECONDS) -> None:
        """Restarts Flagger, building it first if it is not cached (about three minutes on two cores).

        It looks for new Canaries every `loop_seconds`. Raises SandboxError if it cannot be built, exits, or does not
        become ready.
        """
        program = toolchain.ensure_tool(FLAGGER, progress) / "flagger"
        progress("starting Flagger")
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        account = self._directory / "kubeconfig"
        with config.new_client_from_config(str(self._kubeconfig)) as api:
            resources = Resources(api)
            resources.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
            for manifest in upstream_manifests():
                resources.apply(manifest)
            for kind in ("Canary", "MetricTemplate", "AlertProvider"):
                resources.await_served(
                    ObjectKey(group="flagger.app", version="v1beta1", kind=kind, namespace="", name="")
                )
            write_kubeconfig(api, NAMESPACE, NAME, account)
        self._controller(program, account, loop_seconds).start()

    @property
    def is_running(self) -> bool:
        """Whether it has been started and has not ended since."""
        return any(each.name == NAME for each in processes.running(self._sandbox))

    def stop(self) -> None:
        """Stops Flagger; routes stay as they are."""
        stop(NAME, self._sandbox)

    def _controller(self, program: Path, account: Path, loop_seconds: int) -> Controller:
        def command(ports: Sequence[int]) -> Sequence[str]:
            return (str(program), f"-kubeconfig={account}", *arguments(ports[0], loop_seconds))

        return Controller(
            name=NAME,
            directory=self._sandbox,
            port_count=1,
            command=command,
            unready=lambda ports: http_unready(f"http://{LOOPBACK}:{ports[0]}/healthz"),
        )


def arguments(port: int, loop_seconds: int) -> Sequence[str]:
    """What Flagger is started with, wherever it runs; its health and metrics are at `port`."""
    return (
        f"-port={port}",
        "-mesh-provider=gatewayapi:v1",
        f"-control-loop-interval={loop_seconds}s",
        "-log-level=info",
    )


def upstream_manifests() -> Iterator[Mapping[str, Any]]:
    """Yields Flagger's definitions, its service account, its role and their binding, for a namespace of its own."""
    for file in FLAGGER.cached_files(toolchain.cache_directory()):
        for manifest in yaml.safe_load_all(file.read_text()):
            yield moved(manifest, NAMESPACE)
