"""What gives pods their network, with and without a mesh."""

import json
from pathlib import Path
from unittest.mock import Mock

from inferencectl.sandbox.node import configuration
from inferencectl.sandbox.node.node_directory import NodeDirectory
from inferencectl.sandbox.node.node_processes import NodeProcesses
from inferencectl.sandbox.node.parts import NodeParts


def plugins(text: str) -> list[str]:
    return [each["type"] for each in json.loads(text)["plugins"]]


def test_without_a_mesh_no_pod_is_led_through_a_proxy() -> None:
    assert plugins(configuration.pod_network()) == ["ptp", "portmap"]


def test_a_node_that_runs_gets_the_plugin_of_the_mesh_in_its_present_version(tmp_path: Path) -> None:
    directory = NodeDirectory(sandbox=tmp_path / "sandbox")
    directory.mesh_plugin.parent.mkdir(parents=True)
    processes = NodeProcesses(directory, Mock(spec=NodeParts))
    built = tmp_path / "built"
    for version in ("first", "second"):
        built.write_text(version)
        built.chmod(0o755)
        processes.lead_through_proxies(built)
        assert directory.mesh_plugin.read_text() == version
        assert directory.mesh_plugin.stat().st_mode & 0o111
    written = directory.configuration / configuration.POD_NETWORK
    assert plugins(written.read_text()) == ["ptp", "portmap", configuration.MESH_PLUGIN]
