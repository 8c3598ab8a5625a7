"""How the alerts on CPU, memory, GPUs and what the stack has in common come and go."""

from tests.components.monitoring_stack.given import counter, gauge
from tests.components.monitoring_stack.scene import LONG, Scene, Series

NAME = "mnist-v1-7d9f8c-abcde"
SERVER = f'namespace="models",pod="{NAME}",container="model-server"'
ELSEWHERE = 'namespace="kube-system",pod="dns-0",container="dns"'
# The kubelet's sums of pods have no container.
OF_POD = gauge('container_memory_working_set_bytes{namespace="kube-system",pod="dns-0",container=""}', 1e9, 1e9)
PROXY = f'namespace="models",pod="{NAME}",container="istio-proxy"'
CPU, MEMORY, LIMITS = (
    "container_cpu_usage_seconds_total",
    "container_memory_working_set_bytes",
    "kube_pod_container_resource_limits",
)
GPU = 'exported_namespace="models",exported_pod="bert-v1-7d9f8c-abcde",namespace="gpu-operator",pod="exporter",'
OF_GPU = {"Hostname": "node-1", "gpu": "0"}


def limit(container: str, resource: str, amount: float) -> Series:
    return gauge(f'{LIMITS}{{{container},resource="{resource}"}}', amount, amount, amount=True)


def of_another_stack(resource: str) -> Series:
    """What is recorded of a pod of a model that is called the same."""
    name = f"inference:pods:{resource}_percent"
    return gauge(f'{name}{{namespace="elsewhere",inference_model="mnist",pod="{NAME}"}}', 50, 99, amount=True)


def of_gpu(name: str, good: float, bad: float, *, amount: bool = False) -> Series:
    return gauge(f'{name}{{{GPU}gpu="0",Hostname="node-1"}}', good, bad, amount=amount)


def mig_device(identity: str, used: float, free: float) -> tuple[Series, Series]:
    """Memory of one of the devices of a card, half of it in use before."""
    labels = f'{GPU.replace("bert", "sliced")}gpu="0",GPU_I_ID="{identity}",GPU_I_PROFILE="1g.10gb",Hostname="node-1"'
    half = (used + free) / 2
    return (
        gauge(f"DCGM_FI_DEV_FB_USED{{{labels}}}", half, used, amount=True),
        gauge(f"DCGM_FI_DEV_FB_FREE{{{labels}}}", half, free, amount=True),
    )


RESOURCES = (
    Scene(
        alert="ModelCpuHigh",
        severity="warning",
        series=[
            counter(f"{CPU}{{{SERVER}}}", 30, 59.4),
            counter(f"{CPU}{{{PROXY}}}", 1, 1),
            limit(SERVER, "cpu", 1),
            limit(SERVER, "memory", 2e9),
            limit(PROXY, "cpu", 1),
        ],
        pending=18,
        firing=30,
        lasting=0,
        labels={"pod": NAME},
        description=f"{NAME} uses 99 % of its CPU.",
        near_misses={
            "a busy proxy": [counter(f"{CPU}{{{PROXY}}}", 1, 60)],
            "a busy pod of another stack": [of_another_stack("cpu")],
        },
    ),
    Scene(
        alert="ModelMemoryHigh",
        severity="warning",
        series=[
            gauge(f"{MEMORY}{{{SERVER}}}", 1e9, 1.9e9, amount=True),
            gauge(f"{MEMORY}{{{PROXY}}}", 1e8, 1e8, amount=True),
            limit(SERVER, "memory", 2e9),
            limit(SERVER, "cpu", 1e9),
            limit(PROXY, "memory", 1e9),
        ],
        pending=4,
        firing=5,
        labels={"pod": NAME},
        description=f"{NAME} uses 95 % of its memory.",
        near_misses={"a full pod of another stack": [of_another_stack("memory")]},
    ),
    Scene(
        alert="ModelGpuBusy",
        model="bert",
        severity="warning",
        series=[of_gpu("DCGM_FI_DEV_GPU_UTIL", 50, 95)],
        pending=4,
        firing=5,
        labels=OF_GPU,
        description="GPU 0 of node-1 computes 95 % of the time.",
        near_misses={"90 %": [of_gpu("DCGM_FI_DEV_GPU_UTIL", 50, 90)]},
    ),
    Scene(
        alert="ModelGpuMemoryHigh",
        model="bert",
        severity="warning",
        series=[
            of_gpu("DCGM_FI_DEV_FB_USED", 40_000, 79_000, amount=True),
            of_gpu("DCGM_FI_DEV_FB_FREE", 40_000, 1_000, amount=True),
        ],
        pending=4,
        firing=5,
        labels=OF_GPU,
        description="99 % of the memory of GPU 0 of node-1 is in use.",
    ),
    Scene(
        alert="ModelGpuMemoryHigh",
        also="of one MIG device of several",
        model="sliced",
        severity="warning",
        series=[*mig_device("7", 9_000, 1_000), *mig_device("8", 1_000, 9_000), *mig_device("9", 9_900, 100)],
        pending=4,
        firing=5,
        labels={**OF_GPU, "GPU_I_ID": "9"},
        description="99 % of the memory of GPU 0 of node-1 is in use.",
    ),
    Scene(
        alert="ModelGpuError",
        model="bert",
        severity="critical",
        series=[of_gpu("DCGM_FI_DEV_XID_ERRORS", 0, 79)],
        pending=0,
        firing=1,
        labels=OF_GPU,
        description="GPU 0 of node-1 has reported XID 79.",
    ),
    Scene(
        alert="ModelGpuError",
        also="of the first kind",
        model="bert",
        severity="critical",
        series=[of_gpu("DCGM_FI_DEV_XID_ERRORS", 0, 1)],
        pending=0,
        firing=1,
        labels=OF_GPU,
        description="GPU 0 of node-1 has reported XID 1.",
    ),
)


def _source(source: str, series: str) -> Scene:
    return Scene(
        alert="MetricsSourceMissing",
        also=source,
        model="",
        severity="warning",
        series=[gauge(series, 1, None), OF_POD],
        # A series that vanishes is missed at once: a scrape without it says so.
        pending=14,
        firing=15,
        labels={"source": source},
        description=f"Alerts that read metrics of {source} cannot fire (1 source is missing).",
        fires_without_series=True,
    )


EXPIRY = "certmanager_certificate_expiration_timestamp_seconds"
SOURCES = {
    "kube-state-metrics": 'kube_namespace_created{namespace="models"}',
    "kubelet": f"{MEMORY}{{{ELSEWHERE}}}",
    "dcgm-exporter": 'DCGM_FI_DEV_FB_USED{gpu="0",GPU_I_ID="7"}',
    "amd-metrics-exporter": 'gpu_used_vram{gpu_id="0"}',
    "gaudi-metric-exporter": 'habanalabs_memory_used_bytes{id="0"}',
    "keda": 'keda_build_info{version="2.21.0"}',
    "flagger": 'flagger_info{version="1.44.0"}',
    "kube-apiserver": 'apiserver_request_total{resource="pods",verb="LIST"}',
    "collector": 'collector_read_records_total{namespace="logging",node="node-1"}',
    "cert-manager": f'{EXPIRY}{{name="mnist-tls"}}',
}
COMMON = (
    *(
        Scene(
            alert="CertificateExpiresSoon",
            also=also,
            model="",
            severity="warning",
            series=[
                gauge(
                    f'{EXPIRY}{{exported_namespace="{namespace}",namespace="cert-manager",name="tls"}}', 1.9e6, 8.64e5
                )
            ],
            pending=59,
            firing=60,
            minutes=LONG,
            labels={"name": "tls"},
            description="tls expires in 9.9 days; cert-manager should have renewed it.",
        )
        for also, namespace in (("of a model", "models"), ("of the gateway", "gateway"))
    ),
    *(_source(source, series) for source, series in SOURCES.items()),
)
