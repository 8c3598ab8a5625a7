"""Whatever becomes of a stack file, it is a platform or a clear error, never another exception."""

import copy
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settings import Platform, SettingsError, load, read_stack_file
from tests.components.logging_stack.kept_logs import DIGEST, EVERYTHING, LOGGING
from tests.settings.settings_alerting import alerting
from tests.settings.settings_graph import KINDS, graphed
from tests.settings.settings_pools import CLUSTER_API, KARPENTER, TIME_SLICING, stack
from tests.settings.settings_stack import ROOT, edited
from tests.settings.settings_storage import AZURE, CLAIM, GOOGLE, IN_CLUSTER, WEB, stored_in

MIG = {"strategy": "mig-mixed", "profiles": {"3g.20gb": 1, "1g.10gb": 2}}
STACKS = st.sampled_from(["dev", "prod"])
TEXTS = {stack: (ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8") for stack in ("dev", "prod")}
BY_LOAD = {
    "autoscaling": {
        "prometheus": "http://prometheus.monitoring.svc:9090",
        "scraperNamespace": "monitoring",
        "otherMetrics": ["x"],
    },
    "models.1.scaling": {
        "requestsPerSecond": 0.5,
        "latencyP95Milliseconds": 200,
        "queue": {"query": "sum(x)", "lengthPerPod": 10},
        "schedules": [{"timezone": "UTC", "start": "0 8 * * 1-5", "end": "0 18 * * 1-5", "replicas": 2}],
    },
}
POOLS = [{**CLUSTER_API, "sharing": TIME_SLICING, "spare": 1}, {**KARPENTER, "name": "other", "sharing": MIG}]
ADDED = {
    "cluster.metadataDomains": ["shop.example"],
    "ingress": {"namespace": "ingress", "hostname": "a.example", "annotations": {"shop.example/a": "1"}},
    "models.1.environment": {"TF_ENABLE_ONEDNN_OPTS": "0"},
    "models.1.serverFlags": {"grpc_max_threads": 8, "saved_model_tags": "serve"},
    "models.1.podAnnotations": {"shop.example/a": "1"},
    "models.1.podLabels": {"team": "shop"},
    "models.1.serviceAnnotations": {"contact": "shop"},
}
LOGGED = {"logging": {**LOGGING, **EVERYTHING}, "images": {"tools": f"registry.example/tools:1@{DIGEST}"}}
PLATFORMS = {
    "added": json.loads(edited(ADDED)["inference:platform"]),
    "alerting": json.loads(edited(alerting({}))["inference:platform"]),
    "graphs": json.loads(edited(graphed(KINDS))["inference:platform"]),
    "logging": json.loads(edited(LOGGED)["inference:platform"]),
    "pools": json.loads(edited(stack(POOLS))["inference:platform"]),
    **{each["type"]: json.loads(edited(stored_in(each))["inference:platform"]) for each in (GOOGLE, AZURE, WEB, CLAIM)},
    "in the cluster": json.loads(edited(stored_in(IN_CLUSTER))["inference:platform"]),
    **{name: json.loads(edited(BY_LOAD, name)["inference:platform"]) for name in TEXTS},
}

INDEX = st.integers(min_value=0, max_value=10_000)
JUNK = st.sampled_from([
    *(None, True, False, -1, 0, 1, 2, 3, 50, 100, 2**31, 2**63, 10**400, 0.5, 1e308, math.nan, math.inf),
    *("", "0", "1", "-1", "1Mi", "1e9", "24MB", "x", "X", "*", "a b", "dev", "prod", "iris", "ingress", "gpu"),
    *("a100-40gb", "mps", "1g.5gb", "h100", "existing", "iris@stable", "iris@", {"name": "iris@1"}),
    *("\n", "\0", "\ud800", "日本", "{0}", "{", "%s", "[key]", "<<", "https://u:p@h", "s3://", "::/0", "y" * 300),
    *("gs", "azblob", "https", "claim", "gs://models/iris/1", "azblob://models/iris/1", "https://models.internal.example:8443/i/1"),
    *("claim://published-models/iris/1", "http://models.web.svc:8080", "http://[", "https://x:0"),
    *([], [[]], {}, {"": {}}, {"[key]": {}}, {"cpu": 1, "memory": 1}, {"capacity": "1Mi"}, {"minReplicas": 9}),
])  # fmt: skip
KEYS = st.sampled_from([
    *("", "x", "[key]", "{}", "a.b", "a\nb", "\ud800", "k" * 300, "load_timeout_seconds"),
    *("models", "size", "weight", "scaling", "volume", "batching", "resourceClasses"),
    *("pools", "sharing", "profiles", "share", "gpu", "name", "registry"),
])  # fmt: skip
STRUCTURAL = st.tuples(st.sampled_from(["delete", "rename", "replace", "duplicate", "swap"]), INDEX, INDEX, KEYS, JUNK)
TEXTUAL = st.tuples(
    st.sampled_from(["insert", "delete", "replace", "repeat line", "drop line", "indent"]),
    INDEX,
    st.integers(min_value=1, max_value=40),
    st.text(max_size=3) | st.sampled_from(["\t", "- ", *"{[]#'", '"', ": ", "&a ", "*a", "!!", "<<: ", "---\n"]),
)


def places(node: object) -> list[tuple[Any, Any]]:
    """Every (container, key or index) below a node, in order."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [place for key, child in children for place in ((node, key), *places(child))]


def mutated(platform: object, mutations: list[tuple[str, int, int, str, Any]]) -> object:
    platform = copy.deepcopy(platform)
    for operation, at, other, name, junk in mutations:
        everywhere = places(platform)
        if not everywhere:
            return junk
        container, key = everywhere[at % len(everywhere)]
        if operation == "delete":
            del container[key]
        elif operation == "rename" and isinstance(container, dict):
            container[name] = container.pop(key)
        elif operation == "duplicate" and isinstance(container, list):
            container.append(copy.deepcopy(container[key]))
        elif operation == "swap":
            elsewhere, other_key = everywhere[other % len(everywhere)]
            container[key] = copy.deepcopy(elsewhere[other_key])
        else:
            container[key] = copy.deepcopy(junk)
    return platform


def rewritten(text: str, mutations: list[tuple[str, int, int, str]]) -> str:
    for operation, position, length, new in mutations:
        at = position % (len(text) + 1)
        line = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at) + 1 or len(text)
        text = {
            "insert": text[:at] + new + text[at:],
            "delete": text[:at] + text[at + length :],
            "replace": text[:at] + new + text[at + length :],
            "repeat line": text[:end] + text[line:],
            "drop line": text[:line] + text[end:],
            "indent": text[:line] + " " * length + text[line:],
        }[operation]
    return text


def assert_clear(error: SettingsError) -> None:
    lines = str(error).splitlines()
    assert len(lines) == len(error.problems) > 0
    for line in lines:
        assert "Pulumi.fuzz.yaml: " in line
        assert line.isprintable()
        assert len(line) < 1000
        assert "Input should" not in line
        assert "__main__" not in line


def outcome(config: dict[str, str]) -> bool:
    """Whether the configuration is a platform."""
    try:
        assert isinstance(load("fuzz", config), Platform)
    except SettingsError as error:
        assert_clear(error)
        return False
    return True


@settings(max_examples=2000, deadline=None)
@given(st.sampled_from(list(PLATFORMS)), st.lists(STRUCTURAL, min_size=1, max_size=4))
def test_mutated_values(name: str, mutations: list[tuple[str, int, int, str, Any]]) -> None:
    outcome({"inference:platform": json.dumps(mutated(PLATFORMS[name], mutations))})


def test_half_a_character_as_any_key_or_text_is_refused_as_everything_else() -> None:
    for platform in PLATFORMS.values():
        for at, (container, key) in enumerate(places(platform)):
            operations = ["rename"] if isinstance(container, dict) else []
            operations += ["replace"] if isinstance(container[key], str) else []
            for operation in operations:
                changed = mutated(platform, [(operation, at, 0, "\ud800", "\ud800")])
                assert not outcome({"inference:platform": json.dumps(changed)}), (operation, key)


@pytest.fixture(scope="module")
def stack_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "Pulumi.fuzz.yaml"


@settings(max_examples=2000, deadline=None)
@given(STACKS, st.lists(TEXTUAL, min_size=1, max_size=4))
def test_mutated_text(stack_file: Path, stack: str, mutations: list[tuple[str, int, int, str]]) -> None:
    stack_file.write_text(rewritten(TEXTS[stack], mutations), encoding="utf-8")
    try:
        config = read_stack_file(stack_file)
    except SettingsError as error:
        assert_clear(error)
    else:
        outcome(config)


# Hypothesis tries constants of the code as well, and a message names the key that is wrong.
@settings(max_examples=500, deadline=None)
@given((st.text() | st.binary().map(lambda raw: raw.decode("latin-1"))).filter(lambda text: "__main__" not in text))
def test_any_text_as_json(text: str) -> None:
    outcome({"inference:platform": text, text: "x"})
