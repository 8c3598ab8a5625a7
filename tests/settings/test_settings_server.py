"""What a stack sets of the servers themselves: which names are its own, and how a wrong one is reported."""

from collections.abc import Mapping
from typing import Any

import pytest

from components.model_service.runtimes import RUNTIMES, server_of
from settings import load
from settings.consistency.server_issues import SERVER_NAMES
from settings.gpu.devices import any_gpus
from settings.server.names import is_allowed
from tests.components.models import GPU, MODELS, RUNTIME_EXAMPLES, SMALL, model, version
from tests.settings.settings_stack import IRIS, ROOT, edited, problems

LISTS = "docs/runtimes.md lists them"
DANGEROUS = (
    *("LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "PATH", "PYTHONPATH", "PYTHONSTARTUP", "BASH_ENV", "HOME"),
    *("JAVA_TOOL_OPTIONS", "NVIDIA_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES", "CUDA_INJECTION64_PATH"),
    *("CUDA_MPS_PINNED_DEVICE_MEM_LIMIT", "NCCL_NET_PLUGIN", "NCCL_TOPO_FILE", "OMP_TOOL_LIBRARIES", "TORCH_HOME"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "TS_CONFIG_FILE", "LOG_LOCATION", "HTTP_PROXY"),
)


@pytest.mark.parametrize("runtime", SERVER_NAMES)
@pytest.mark.parametrize("variable", DANGEROUS)
def test_what_loads_other_code_or_is_another_ones_is_on_no_list(runtime: str, variable: str) -> None:
    assert not is_allowed(variable, SERVER_NAMES[runtime].variables)


def named(example: Mapping[str, Any]) -> Mapping[str, set[str]]:
    """The flags and variables that the platform sets itself for a model of every kind."""
    flags, variables = set[str](), set[str]()
    for resources, devices in ((SMALL, None), (GPU, any_gpus(1))):
        asking = model(**example)
        server = server_of(asking, version(1), resources, devices)
        flags |= {each[2:].partition("=")[0] for each in server.arguments if each.startswith("--")}
        flags |= {line.partition("=")[0] for line in server.files.get("config.properties", "").splitlines()}
        variables |= server.environment.keys()
    return {
        "flags": flags - {"start", "foreground", "no-config-snapshots", "ts-config", "log-config"},
        "variables": variables,
    }


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_whatever_the_platform_sets_is_refused_with_what_decides_it(runtime: str) -> None:
    names, example = SERVER_NAMES[runtime], RUNTIME_EXAMPLES[runtime]
    set_by_platform = named({**example, "batching": MODELS["batching"]["batching"]})
    assert set_by_platform["flags"] <= names.decided_flags.keys()
    assert set_by_platform["variables"] <= names.decided_variables.keys()
    assert not names.flags.keys() & names.decided_flags.keys()


@pytest.mark.parametrize("runtime", SERVER_NAMES)
def test_the_page_of_the_runtimes_lists_every_name(runtime: str) -> None:
    page = (ROOT / "docs" / "runtimes.md").read_text(encoding="utf-8")
    names = SERVER_NAMES[runtime]
    assert not [name for name in (*names.flags, *names.variables) if f"`{name}`" not in page]


UNKNOWN_VARIABLE = (
    "not on the list of variables; expected a variable of tensorflow-serving that a stack may set; {hint}"
)
UNKNOWN_FLAG = "not on the list of flags; expected a flag of tensorflow-serving that a stack may set; {hint}"
UNKNOWN_DOMAIN = 'of domain "{domain}"; expected a domain of cluster.metadataDomains, or a name without one; {hint}'
RESERVED = '"{name}"; expected another domain than {domain}; {why}'
SELECTED = "workloads and network policies select pods by these"
REFUSED = (
    ("environment", "LD_PRELOAD", "/x.so", UNKNOWN_VARIABLE.format(hint=LISTS)),
    ("environment", "CUDA_CACHE_DISABL", "1", UNKNOWN_VARIABLE.format(hint="did you mean 'CUDA_CACHE_DISABLE'?")),
    ("environment", "OMP_TOOL_LIBRARIES", "x", UNKNOWN_VARIABLE.format(hint=LISTS)),
    (
        *("environment", "TF_CPP_MIN_LOG_LEVEL", "0"),
        "set by the platform: set logLevel; expected no such variable here",
    ),
    ("environment", "TF_ENABLE_ONEDNN_OPTS", 0, "0; expected text; write it in quotes"),
    (
        *("environment", "TF_XLA_FLAGS", "$(HOME)"),
        "\"$(HOME)\"; expected printable text without '$(', at most 1024 characters",
    ),
    (
        *("serverFlags", "tensorflow_intra_op_parallelism", 8),
        "set by the platform: the CPUs of resources decide it; expected no such flag here",
    ),
    ("serverFlags", "grpc_max_thread", 8, UNKNOWN_FLAG.format(hint="did you mean 'grpc_max_threads'?")),
    ("serverFlags", "grpc_max_threads", True, "true; expected a number"),
    (
        *("serverFlags", "--port", 8),
        "\"--port\"; expected the name of a flag, without dashes before it; did you mean 'port'?",
    ),
    (
        *("serverFlags", "saved_model_tags", "a$b"),
        "\"a$b\"; expected true, false, a number, or text without quotes, '$' and backslashes",
    ),
    (
        *("podAnnotations", "sidecar.istio.io/inject", "false"),
        RESERVED.format(name="sidecar.istio.io/inject", domain="istio.io", why="mesh decides it"),
    ),
    (
        *("podLabels", "app.kubernetes.io/name", "other"),
        RESERVED.format(name="app.kubernetes.io/name", domain="app.kubernetes.io", why=SELECTED),
    ),
    (
        *("podLabels", "team", "a b"),
        "\"a b\"; expected at most 63 letters, digits, '-', '_' and '.', the first and last a letter or digit",
    ),
    (
        *("podAnnotations", "shop.exmple/a", "1"),
        UNKNOWN_DOMAIN.format(domain="shop.exmple", hint="did you mean 'shop.example'?"),
    ),
    (
        *("serviceAnnotations", "service.beta.kubernetes.io/x", "1"),
        UNKNOWN_DOMAIN.format(
            domain="service.beta.kubernetes.io",
            hint="add service.beta.kubernetes.io there, once you know who reads it",
        ),
    ),
)


@pytest.mark.parametrize(("key", "name", "value", "said"), REFUSED, ids=[name for _, name, _, _ in REFUSED])
def test_what_is_refused(key: str, name: str, value: Any, said: str) -> None:
    changes = {f"models.1.{key}": {name: value}, "cluster.metadataDomains": ["shop.example"]}
    place = f"[{name!r}]".replace("'", '"') if "/" in name else f".{name}"
    assert problems(changes) == [f"{IRIS}.{key}{place}: {said}"]


def test_a_reserved_domain_cannot_be_allowed() -> None:
    (line,) = problems({"cluster.metadataDomains": ["shop.example", "security.istio.io"]})
    assert line.endswith(
        'metadataDomains[1]: "security.istio.io"; expected another domain than istio.io; mesh decides it'
    )


def test_annotations_of_ingresses_are_of_allowed_domains() -> None:
    ingress = {"namespace": "ingress", "hostname": "models.example"}
    annotated = {**ingress, "annotations": {"nginx.ingress.kubernetes.io/proxy-body-size": "8m"}}
    (line,) = problems({"ingress": annotated})
    assert line.startswith('.ingress.annotations["nginx.ingress.kubernetes.io/proxy-body-size"]: of domain')
    load("dev", edited({"ingress": annotated, "cluster.metadataDomains": ["ingress.kubernetes.io"]}))
