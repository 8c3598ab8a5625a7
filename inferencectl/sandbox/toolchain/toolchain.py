"""The control plane's programs and resource definitions, built once from pinned Go modules and cached."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox.toolchain.builds import build_missing
from inferencectl.sandbox.toolchain.elastic import ECK_DEFINITIONS
from inferencectl.sandbox.toolchain.go_tool import GoTool

KUBERNETES = GoTool(
    name="kubernetes",
    module="k8s.io/kubernetes",
    stamps={
        "k8s.io/component-base/version.gitVersion": "{version}",
        "k8s.io/component-base/version.gitMajor": "{major}",
        "k8s.io/component-base/version.gitMinor": "{minor}",
        "k8s.io/component-base/version.gitTreeState": "clean",
    },
    disk_mib=4500,
)
ETCD = GoTool(name="etcd", module="go.etcd.io/etcd/server/v3", disk_mib=600)
KWOK = GoTool(
    name="kwok",
    module="sigs.k8s.io/kwok",
    stamps={"sigs.k8s.io/kwok/pkg/consts.Version": "{version}"},
    files=(
        "kustomize/stage/node/fast/node-*.yaml",
        "kustomize/stage/node/heartbeat/node-*.yaml",
        "kustomize/stage/pod/fast/pod-*.yaml",
    ),
    disk_mib=1500,
)
GATEWAY_API = GoTool(
    name="gateway-api",
    module="sigs.k8s.io/gateway-api",
    # Definitions only: the folder also holds an admission policy, whose name starts with "vap".
    files=("config/crd/standard/gateway.networking.k8s.io_[!v]*.yaml",),
    disk_mib=100,
)
CLUSTER_API = GoTool(
    name="cluster-api",
    module="sigs.k8s.io/cluster-api",
    # The only one of its many kinds that the platform creates.
    files=("core/config/crd/bases/cluster.x-k8s.io_machinedeployments.yaml",),
    disk_mib=100,
)
CERT_MANAGER = GoTool(
    name="cert-manager",
    module="github.com/cert-manager/cert-manager",
    # The only one of its kinds that the platform creates.
    files=("deploy/crds/cert-manager.io_certificates.yaml",),
    disk_mib=100,
)
KEDA = GoTool(
    name="keda",
    module="github.com/kedacore/keda/v2",
    stamps={"github.com/kedacore/keda/v2/version.Version": "{version}"},
    # The service account of both programs, its roles, and the definitions without which they cannot start.
    files=(
        "config/crd/bases/*.yaml",
        "config/general/namespace.yaml",
        "config/service_account/service_account.yaml",
        "config/rbac/role*.yaml",
        "config/metrics-server/role*.yaml",
    ),
    disk_mib=5000,
)
KEDA_DEFINITIONS = GoTool(
    name="keda-definitions",
    module=KEDA.module,
    pinned_in=KEDA.name,
    # The kinds that a stack can contain; the definition of ScaledJob alone has 0.7 MB and would slow down sandboxes.
    files=("config/crd/bases/keda.sh_scaledobjects.yaml", "config/crd/bases/keda.sh_*triggerauthentications.yaml"),
    disk_mib=100,
)
PROMETHEUS = GoTool(
    name="prometheus",
    module="github.com/prometheus/prometheus",
    stamps={"github.com/prometheus/common/version.Version": "{version}"},
    # Only the service discovery of Kubernetes is needed; the others are half of the build.
    build_tags=("remove_all_sd", "enable_kubernetes_sd"),
    disk_mib=3000,
)
ALERTMANAGER = GoTool(
    name="alertmanager",
    module="github.com/prometheus/alertmanager",
    stamps={"github.com/prometheus/common/version.Version": "{version}"},
    disk_mib=1500,
)
KARPENTER = GoTool(
    name="karpenter",
    module="sigs.k8s.io/karpenter",
    files=("pkg/apis/crds/*.yaml", "kwok/apis/crds/*.yaml"),
    disk_mib=1500,
)
KARPENTER_DEFINITIONS = GoTool(
    name="karpenter-definitions",
    module=KARPENTER.module,
    pinned_in=KARPENTER.name,
    files=("pkg/apis/crds/karpenter.sh_*.yaml",),
    disk_mib=100,
)
FLAGGER = GoTool(
    name="flagger",
    module="github.com/fluxcd/flagger",
    # The definitions of its kinds, its service account and the role of that.
    files=("artifacts/flagger/crd.yaml", "artifacts/flagger/account.yaml"),
    disk_mib=2500,
)
FLAGGER_DEFINITIONS = GoTool(
    name="flagger-definitions",
    module=FLAGGER.module,
    pinned_in=FLAGGER.name,
    files=("artifacts/flagger/crd.yaml",),
    disk_mib=100,
)
K6 = GoTool(name="k6", module="go.k6.io/k6", disk_mib=2500)
VERSITYGW = GoTool(name="versitygw", module="github.com/versity/versitygw", disk_mib=1500)
ISTIO = GoTool(
    name="istio",
    module="istio.io/istio",
    stamps={"istio.io/istio/pkg/version.buildVersion": "{version}"},
    # The pods of its gateways, the proxies of other pods, and the configuration that proxies begin with.
    files=(
        "manifests/charts/istio-control/istio-discovery/files/injection-template.yaml",
        "manifests/charts/istio-control/istio-discovery/files/kube-gateway.yaml",
        "tools/packaging/common/envoy_bootstrap.json",
    ),
    # As upstream builds it; https://github.com/istio/istio/blob/master/Makefile.core.mk (STANDARD_TAGS).
    build_tags=("vtprotobuf", "disable_pgv"),
    disk_mib=4000,
)
ISTIO_DEFINITIONS = GoTool(
    name="istio-definitions",
    module=ISTIO.module,
    pinned_in=ISTIO.name,
    files=("manifests/charts/base/files/crd-all.gen.yaml",),
    disk_mib=100,
)
PROMETHEUS_OPERATOR = GoTool(
    name="prometheus-operator",
    module="github.com/prometheus-operator/prometheus-operator",
    # Its service account with its role, and the only kind that no stack contains and without which it does nothing.
    files=(
        "example/prometheus-operator-crd/monitoring.coreos.com_probes.yaml",
        "example/rbac/prometheus-operator/prometheus-operator-cluster-role*.yaml",
        "example/rbac/prometheus-operator/prometheus-operator-service-account.yaml",
    ),
    disk_mib=2000,
)
PROMETHEUS_OPERATOR_DEFINITIONS = GoTool(
    name="prometheus-operator-definitions",
    module=PROMETHEUS_OPERATOR.module,
    pinned_in=PROMETHEUS_OPERATOR.name,
    # The kinds that a stack can contain.
    files=(
        "example/prometheus-operator-crd/monitoring.coreos.com_alertmanager*.yaml",
        "example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml",
        "example/prometheus-operator-crd/monitoring.coreos.com_prometheuses.yaml",
        "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
        "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
    ),
    disk_mib=100,
)
ACTIONLINT = GoTool(name="actionlint", module="github.com/rhysd/actionlint", disk_mib=200)
SLOTH = GoTool(name="sloth", module="github.com/slok/sloth", disk_mib=1500)
ISTIO_CHARTS = GoTool(
    name="istio-charts",
    module=ISTIO.module,
    pinned_in=ISTIO.name,
    folders={
        "base": "manifests/charts/base",
        "cni": "manifests/charts/istio-cni",
        "istiod": "manifests/charts/istio-control/istio-discovery",
    },
    disk_mib=100,
)
HELM = GoTool(
    name="helm",
    # The version that Pulumi's provider installs releases with.
    module="helm.sh/helm/v3",
    disk_mib=1500,
)
DEFINITIONS = (
    GATEWAY_API,
    KARPENTER_DEFINITIONS,
    CLUSTER_API,
    CERT_MANAGER,
    KEDA_DEFINITIONS,
    FLAGGER_DEFINITIONS,
    ISTIO_DEFINITIONS,
    PROMETHEUS_OPERATOR_DEFINITIONS,
    ECK_DEFINITIONS,
)
TOOLS = (ETCD, KUBERNETES, KWOK, *DEFINITIONS)
CONTROLLERS = (KEDA, PROMETHEUS, KARPENTER, FLAGGER)


@dataclass(frozen=True, kw_only=True)
class Toolchain:
    """The paths of everything that a control plane consists of; all exist."""

    etcd: Path
    kube_apiserver: Path
    kube_controller_manager: Path
    kube_scheduler: Path
    kubectl: Path
    kwok: Path
    kwok_stages: tuple[Path, ...]
    crd_files: tuple[Path, ...]


def cache_directory() -> Path:
    """The directory of built tools: outside the checkout, shared by all sandboxes of the user."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "inference-sandbox"


def ensure(progress: Callable[[str], None]) -> Toolchain:
    """Returns the toolchain, building what is not cached (about five minutes on two cores the first time).

    Raises SandboxError if the disk is too full, no Go is available, or a build fails.
    """
    cache = cache_directory()
    build_missing(TOOLS, cache, progress)
    kubernetes = KUBERNETES.cached_directory(cache)
    return Toolchain(
        etcd=ETCD.cached_directory(cache) / "server",
        kube_apiserver=kubernetes / "kube-apiserver",
        kube_controller_manager=kubernetes / "kube-controller-manager",
        kube_scheduler=kubernetes / "kube-scheduler",
        kubectl=kubernetes / "kubectl",
        kwok=KWOK.cached_directory(cache) / "kwok",
        kwok_stages=KWOK.cached_files(cache),
        crd_files=tuple(file for tool in DEFINITIONS for file in tool.cached_files(cache)),
    )


def ensure_tool(tool: GoTool, progress: Callable[[str], None]) -> Path:
    """Returns the directory of a tool that not every sandbox needs, building it first if it is not cached.

    Raises SandboxError as `ensure` does.
    """
    cache = cache_directory()
    build_missing((tool,), cache, progress)
    return tool.cached_directory(cache)
