"""Device plug-ins and metrics exporters as plain manifests: which there are, where they run, what they may."""

import csv
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from components.accelerators import GPU_UTILIZATION_METRIC
from components.device_plugin import node_labels
from components.gpu_software.manifests import configuration
from components.metadata import CONFIGURATION_DIGEST_ANNOTATION
from settings import POOL_LABEL, GpuPool
from tests.components.gpu_software.gpu_programs import (
    ALL,
    AMD,
    CUT,
    GAUDI,
    SIDE_BY_SIDE,
    SLICED,
    WHOLE,
    args,
    containers,
    made,
    named,
    pods,
)
from tests.components.gpu_software.gpu_software import SOFTWARE_IMAGES
from tests.components.pools import MPS, existing

NVIDIAS = {"gpus-nvidia-device-plugin", "gpus-dcgm-exporter"}


@pytest.mark.parametrize(
    ("pools", "programs"),
    [
        ((WHOLE,), NVIDIAS),
        ((WHOLE, SIDE_BY_SIDE), NVIDIAS | {"gpus-mps-control-daemon"}),
        ((AMD,), {"gpus-amd-device-plugin", "gpus-amd-metrics-exporter"}),
        ((GAUDI,), {"gpus-gaudi-device-plugin", "gpus-gaudi-metric-exporter"}),
        ((WHOLE, AMD), NVIDIAS | {"gpus-amd-device-plugin", "gpus-amd-metrics-exporter"}),
    ],
)
def test_only_what_the_pools_need_is_there(pools: tuple[GpuPool, ...], programs: set[str]) -> None:
    resources = made(args(*pools))
    assert named(resources, "DaemonSet").keys() == programs
    assert named(resources, "ServiceAccount").keys() == programs
    assert named(resources, "Service").keys() == {name for name in programs if "exporter" in name}


@pytest.mark.parametrize(
    ("program", "pools", "taints"),
    [
        ("gpus-nvidia-device-plugin", ["sliced", "whole", "side-by-side", "cut"], {"nvidia.com/gpu", "team"}),
        ("gpus-dcgm-exporter", ["sliced", "whole", "side-by-side", "cut"], {"nvidia.com/gpu", "team"}),
        ("gpus-mps-control-daemon", ["side-by-side"], {"nvidia.com/gpu"}),
        ("gpus-amd-device-plugin", ["instinct"], {"amd.com/gpu"}),
        ("gpus-gaudi-metric-exporter", ["gaudi"], {"habana.ai/gaudi"}),
    ],
)
def test_a_program_runs_on_the_nodes_of_its_pools(program: str, pools: list[str], taints: set[str]) -> None:
    pod = pods(*ALL)[program]
    required = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    terms = [term["matchExpressions"] for term in required["nodeSelectorTerms"]]
    built_for = {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]}
    assert terms == [[{"key": POOL_LABEL, "operator": "In", "values": [pool]}, built_for] for pool in pools]
    assert {each["key"] for each in pod["tolerations"]} == taints


def test_the_nodes_label_chooses_among_the_files_that_are_there() -> None:
    resources = made(args(*ALL))
    files = named(resources, "ConfigMap")["gpus-sharing"]["data"]
    for name, program in (("gpus-nvidia-device-plugin", "plugin"), ("gpus-mps-control-daemon", "daemon")):
        pod = named(resources, "DaemonSet")[name]["spec"]["template"]["spec"]
        for manager in ("choose", "watch"):
            found = containers(pod)[manager]
            environment = {each["name"]: each.get("value") for each in found["env"]}
            assert found["command"] == ["config-manager"]
            assert environment["NODE_LABEL"] == "nvidia.com/device-plugin.config"
            assert environment["DEFAULT_CONFIG"] in files
            for pool in ALL:
                assert node_labels(pool).get(environment["NODE_LABEL"], environment["DEFAULT_CONFIG"]) in files
        read = {each["name"]: each.get("value") for each in containers(pod)[program]["env"]}["CONFIG_FILE"]
        assert read == environment["CONFIG_FILE_DST"]
        (source,) = (each["configMap"]["name"] for each in pod["volumes"] if each["name"] == "available-configs")
        assert source == "gpus-sharing"
        mounts = {each["mountPath"] for each in containers(pod)[program]["volumeMounts"]}
        assert {environment["CONFIG_FILE_SRCDIR"], str(Path(read).parent)} <= mounts


def test_a_changed_label_is_signalled_to_a_process_that_the_watcher_sees() -> None:
    found = pods(*ALL)
    for name, program, seen in (
        ("gpus-nvidia-device-plugin", "plugin", "shareProcessNamespace"),
        ("gpus-mps-control-daemon", "daemon", "hostPID"),
    ):
        watcher = {each["name"]: each.get("value") for each in containers(found[name])["watch"]["env"]}
        assert watcher["ONESHOT"] == "false", "it would look at the label once"
        assert watcher["SEND_SIGNAL"] == "true"
        assert watcher["SIGNAL"] == str(signal.SIGHUP.value), "on which NVIDIA's programs read their file again"
        assert watcher["PROCESS_TO_SIGNAL"] == containers(found[name])[program]["command"][0]
        assert {key for key in ("shareProcessNamespace", "hostPID") if found[name].get(key)} == {seen}


def test_a_changed_way_of_sharing_replaces_the_pods() -> None:
    def digest(pool: GpuPool) -> str:
        template = named(made(args(pool)), "DaemonSet")["gpus-nvidia-device-plugin"]["spec"]["template"]
        return template["metadata"]["annotations"][CONFIGURATION_DIGEST_ANNOTATION]

    assert digest(SLICED) == digest(SLICED) != digest(existing(name="sliced", sharing=MPS))


def test_only_the_readers_of_the_label_hold_a_token_and_it_reads_nodes_alone() -> None:
    resources = made(args(*ALL))
    holders = {
        (name, container)
        for name, pod in pods(*ALL).items()
        for container, each in containers(pod).items()
        if any(mount["name"] == "token" for mount in each.get("volumeMounts", []))
    }
    readers = {"gpus-nvidia-device-plugin", "gpus-mps-control-daemon"}
    assert holders == {(name, container) for name in readers for container in ("choose", "watch")}
    ((role_name, role),) = named(resources, "ClusterRole").items()
    assert role["rules"] == [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "list", "watch"]}]
    (binding,) = named(resources, "ClusterRoleBinding").values()
    assert binding["roleRef"]["name"] == role_name
    subjects = {(each["kind"], each["namespace"], each["name"]) for each in binding["subjects"]}
    assert subjects == {("ServiceAccount", "gpu-operator", name) for name in readers}
    assert not named(made(args(AMD, GAUDI)), "ClusterRole")


@pytest.mark.parametrize(
    ("name", "port", "path"),
    [
        ("gpus-dcgm-exporter", 9400, "/health"),
        ("gpus-amd-metrics-exporter", 5000, "/metrics"),
        ("gpus-gaudi-metric-exporter", 41611, "/metrics"),
    ],
)
def test_metrics_are_where_the_vendors_put_them(name: str, port: int, path: str) -> None:
    resources = made(args(*ALL))
    workload = named(resources, "DaemonSet")[name]["spec"]
    (exporter,) = workload["template"]["spec"]["containers"]
    assert exporter["ports"] == [{"name": "metrics", "containerPort": port}]
    assert exporter["readinessProbe"]["httpGet"] == {"path": path, "port": "metrics"}
    service = named(resources, "Service")[name]["spec"]
    assert service["selector"] == workload["selector"]["matchLabels"]
    assert service["ports"] == [{"name": "metrics", "port": port, "targetPort": "metrics"}]
    reported = f"{exporter.get('args')} {[each.get('value') for each in exporter.get('env', [])]}"
    assert str(port) in reported or name == "gpus-amd-metrics-exporter"  # which has 5000 by default


def test_the_counters_are_those_that_the_platform_reads_and_need_no_capability() -> None:
    (text,) = configuration.counter_files().values()
    rows = [row for row in csv.reader(text.splitlines(), skipinitialspace=True) if not row[0].startswith("#")]
    assert {len(row) for row in rows} == {3}
    assert {kind for _, kind, _ in rows} <= {"gauge", "counter"}
    fields = [field for field, _, _ in rows]
    assert len(set(fields)) == len(fields)
    assert {GPU_UTILIZATION_METRIC, "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE", "DCGM_FI_DEV_XID_ERRORS"} <= {*fields}
    assert not [field for field in fields if not field.startswith("DCGM_FI_DEV_")]
    pod = pods(WHOLE)["gpus-dcgm-exporter"]
    (exporter,) = pod["containers"]
    assert exporter["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    directory, _, file = exporter["args"][1].rpartition("/")
    assert directory in {mount["mountPath"] for mount in exporter["volumeMounts"]}
    assert file in named(made(args(WHOLE)), "ConfigMap")["gpus-counters"]["data"]


@pytest.mark.parametrize(("pools", "added"), [((SLICED, SIDE_BY_SIDE), None), ((SLICED, CUT), ["SYS_ADMIN"])])
def test_the_plug_in_has_a_capability_where_cards_are_cut_only(
    pools: tuple[GpuPool, ...], added: list[str] | None
) -> None:
    plugin = containers(pods(*pools)["gpus-nvidia-device-plugin"])["plugin"]
    assert plugin["securityContext"]["capabilities"].get("add") == added
    assert any(each["name"] == "NVIDIA_MIG_MONITOR_DEVICES" for each in plugin["env"]) is bool(added)


def test_the_plug_in_sees_the_mps_daemon_where_there_is_one() -> None:
    for pool, seen in ((SLICED, False), (SIDE_BY_SIDE, True)):
        found = pods(pool)
        plugin = containers(found["gpus-nvidia-device-plugin"])["plugin"]
        mounted = {each["name"] for each in plugin["volumeMounts"]} & {"mps-root", "mps-memory"}
        assert mounted == ({"mps-root", "mps-memory"} if seen else set())
        daemon = containers(found["gpus-mps-control-daemon"])["daemon"] if seen else plugin
        assert [each for each in plugin["volumeMounts"] if each["name"] in mounted] == [
            each for each in daemon["volumeMounts"] if each["name"] in mounted
        ]
        assert any(each["name"] == "MPS_ROOT" for each in plugin["env"]) is seen


def test_nvidias_programs_alone_have_the_runtime_class_of_the_software() -> None:
    found = pods(*ALL, runtime_class="nvidia")
    with_class = {name for name, pod in found.items() if pod.get("runtimeClassName") == "nvidia"}
    assert with_class == NVIDIAS | {"gpus-mps-control-daemon"}
    assert not any("runtimeClassName" in pod for pod in pods(*ALL).values())


def test_no_program_asks_for_a_device_or_goes_without_bounds() -> None:
    for pod in pods(*ALL).values():
        assert pod["priorityClassName"] == "system-node-critical"
        for each in containers(pod).values():
            assert each["resources"]["requests"].keys() == each["resources"]["limits"].keys() == {"cpu", "memory"}


def test_two_of_them_share_a_cluster() -> None:
    both = [*made(args(WHOLE)), *made(args(WHOLE, name="others"))]
    keys = [
        (each.type, each.inputs["metadata"].get("namespace"), each.inputs["metadata"]["name"])
        for each in both
        if each.custom
    ]
    assert len(set(keys)) == len(keys)


def test_images_are_the_vendors_own() -> None:
    changed = {vendor: replace(each, device_plugin=f"{vendor}:1") for vendor, each in SOFTWARE_IMAGES.items()}
    daemon_sets = named(made(replace(args(*ALL), images=changed)), "DaemonSet")
    for name, vendor in (("nvidia", "nvidia"), ("mps", "nvidia"), ("amd-device", "amd"), ("gaudi-device", "intel")):
        (found,) = (each for key, each in daemon_sets.items() if name in key)
        images = {each["image"] for each in containers(found["spec"]["template"]["spec"]).values()}
        assert images == {f"{vendor}:1"}
