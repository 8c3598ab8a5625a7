"""The stack provides its dashboards as Grafana's sidecar reads them."""

import json
import subprocess
import sys
from typing import Any

from components.monitoring_stack.dashboards import dashboards_of
from tests.components.monitoring_stack.stack_of_monitoring import MONITORING, manifests, of_kind
from tests.settings.settings_stack import ROOT

NAMES = ["overview", "model", "releases", "cost"]


def _config_maps(**dashboards: Any) -> dict[str, Any]:
    made = of_kind("ConfigMap", manifests({"monitoring": {**MONITORING, "dashboards": dashboards}}))
    return {name: made[f"monitoring-{name}"] for name in NAMES}


def test_each_is_a_config_map_that_the_sidecar_finds() -> None:
    made = _config_maps()
    for name, config_map in made.items():
        assert config_map["metadata"]["labels"]["grafana_dashboard"] == "1"
        assert (
            "annotations" not in config_map["metadata"] or "grafana_folder" not in config_map["metadata"]["annotations"]
        )
        ((file, text),) = config_map["data"].items()
        dashboard = json.loads(text)
        # The sidecar puts the files of all ConfigMaps into one folder.
        assert file == f"{dashboard['uid']}.json"
        assert dashboard["uid"].startswith(f"inference-{name}-")
        namespace = config_map["metadata"]["namespace"]
        chosen = {each["name"]: each.get("current") for each in dashboard["templating"]["list"]}
        assert chosen["namespace"] == {"selected": True, "text": namespace, "value": namespace}
        assert chosen["datasource"]["value"] == "default"
    assert len({file for config_map in made.values() for file in config_map["data"]}) == len(NAMES)


def test_labels_folder_and_data_source_are_those_of_the_settings() -> None:
    made = _config_maps(labels={"dashboards": "yes"}, folder="ML serving", datasource="Thanos")
    for config_map in made.values():
        metadata = config_map["metadata"]
        assert metadata["labels"]["dashboards"] == "yes"
        assert "grafana_dashboard" not in metadata["labels"]
        assert metadata["annotations"]["grafana_folder"] == "ML serving"
        (text,) = config_map["data"].values()
        source, *_ = json.loads(text)["templating"]["list"]
        assert source["current"]["value"] == "Thanos"


def test_grafana_is_told_how_often_the_settings_have_series_scraped() -> None:
    made = of_kind(
        "ConfigMap", manifests({"monitoring": {**MONITORING, "dashboards": {}, "scrapeIntervalSeconds": 60}})
    )
    for name in NAMES:
        (text,) = made[f"monitoring-{name}"]["data"].values()
        panels = json.loads(text)["panels"]
        assert {target["interval"] for panel in panels for target in panel.get("targets", ())} == {"60s"}


def test_without_the_setting_nothing_changes() -> None:
    without, with_ = (manifests({"monitoring": {**MONITORING, **more}}) for more in ({}, {"dashboards": {}}))
    assert [each for each in with_ if each["metadata"]["name"] not in {f"monitoring-{name}" for name in NAMES}] == [
        *without
    ]


def test_a_stack_without_dashboards_does_not_import_grafanas_types() -> None:
    code = "import sys, components; sys.exit('grafana_foundation_sdk' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
    assert dashboards_of.__module__ == "components.monitoring_stack.dashboards"
