"""What prometheus-operator has written for a Prometheus, and what changes where that runs outside of the cluster."""

import base64
import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.components.monitoring_stack.reconciled.cluster import NAMESPACE, PROMETHEUS
from tests.inferencectl.rest import Rest


@dataclass(frozen=True, kw_only=True)
class Written:
    """The configuration, and the files of rules by their names."""

    configuration: Mapping[str, Any]
    rules: Mapping[str, str]

    @property
    def jobs(self) -> set[str]:
        """The names of the scrape jobs."""
        return {job["job_name"] for job in self.configuration["scrape_configs"]}

    def outside(self, directory: Path, kubeconfig: Path, proxy: int) -> Mapping[str, Any]:
        """The configuration for a process on this machine; its files of rules are put into ``directory``.

        Three things change, and nothing else:

        - the API server is found by a kubeconfig, as there is no ServiceAccount to be mounted;
        - what is scraped is asked through a proxy on this machine, as no address of a simulated pod leads anywhere;
        - the rules are where the process finds them, and not in the volume of a ConfigMap.
        """
        directory.mkdir(exist_ok=True)
        for name, text in self.rules.items():
            (directory / name).write_text(text, encoding="utf-8")
        return {
            **self.configuration,
            "rule_files": [str(directory / "*.yaml")],
            "scrape_configs": [
                {**job, "proxy_url": f"http://127.0.0.1:{proxy}", "kubernetes_sd_configs": _found_by(kubeconfig, job)}
                for job in self.configuration["scrape_configs"]
            ],
        }


def written(rest: Rest) -> Written:
    """What is there now, with the variables that the reloader beside Prometheus fills in."""
    secret = rest.get(f"/api/v1/namespaces/{NAMESPACE}/secrets/prometheus-{PROMETHEUS}")
    text = gzip.decompress(base64.b64decode(secret["data"]["prometheus.yaml.gz"])).decode()
    for name, value in {"POD_NAME": f"prometheus-{PROMETHEUS}-0", "SHARD": "0"}.items():
        text = text.replace(f"$({name})", value)
    files: dict[str, str] = {}
    for name, config_map in rest.items(f"/api/v1/namespaces/{NAMESPACE}/configmaps").items():
        if name.startswith(f"prometheus-{PROMETHEUS}-rulefiles-"):
            files.update(config_map.get("data") or {})
    return Written(configuration=yaml.safe_load(text), rules=files)


def _found_by(kubeconfig: Path, job: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [{**each, "kubeconfig_file": str(kubeconfig)} for each in job["kubernetes_sd_configs"]]
