"""Pulumi's flat configuration map: its keys, and the JSON text of the platform."""

import json
import subprocess
import sys
from pathlib import Path

import pulumi
import pytest
from pulumi.runtime import set_all_config

from settings import SettingsError, load, load_current
from tests.settings.settings_stack import ROOT, edited

KNOWN = "known: inference, pulumi, kubernetes, docker or random"

KEYS = {
    "aws:region": f'config["aws:region"]: unknown namespace; {KNOWN}',
    "kuberntes:context": "config[\"kuberntes:context\"]: unknown namespace; did you mean 'kubernetes'?",
    "inference:platfrm": (
        'config["inference:platfrm"]: unknown key; the only key of this namespace is inference:platform'
    ),
    "platform": (
        "config[\"platform\"]: no namespace; expected a key such as inference:key; did you mean 'inference:platform'?"
    ),
}


@pytest.mark.parametrize(("key", "line"), KEYS.items())
def test_unknown_keys(key: str, line: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load("dev", {**edited({}), key: "value"})
    assert str(caught.value) == f"Pulumi.dev.yaml: {line}"


def test_known_namespaces_are_left_alone() -> None:
    config = {f"{namespace}:anything": "value" for namespace in ("pulumi", "kubernetes", "docker", "random")}
    assert load("dev", {**config, **edited({})}) == load("dev", edited({}))


def test_a_missing_platform() -> None:
    with pytest.raises(SettingsError) as caught:
        load("new", {})
    assert str(caught.value) == (
        "Pulumi.new.yaml: inference:platform: missing; expected the platform; docs/settings.md has an example"
    )


def test_keys_and_platform_are_reported_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load("dev", {**edited({"models.1.size": "big"}), "aws:region": "x"})
    paths = [problem.path for problem in caught.value.problems]
    assert paths == ['config["aws:region"]', "inference:platform.models[1] (iris).size"]


TEXTS = {
    "": "invalid JSON: Expecting value: line 1 column 1 (char 0); expected a JSON mapping",
    "[": "invalid JSON: Expecting value: line 1 column 2 (char 1); expected a JSON mapping",
    "null": "null; expected a mapping",
    "[1]": "a list of 1; expected a mapping",
    '"dev"': '"dev"; expected a mapping',
    "NaN": "NaN; expected a mapping",
    '{"a": 1, "c": 1, "c": 2}': 'invalid JSON: duplicate key "c"; expected a JSON mapping',
    '{"a": 1, "b": {"c": 1, "c": 2}}': 'invalid JSON: duplicate key "c"; expected a JSON mapping',
    "[" * 100_000 + "]" * 100_000: "invalid JSON: nested too deeply; expected a JSON mapping",
}


@pytest.mark.parametrize(("text", "line"), TEXTS.items(), ids=[text[:10] for text in TEXTS])
def test_text_that_is_no_platform(text: str, line: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load("dev", {"inference:platform": text})
    assert str(caught.value) == f"Pulumi.dev.yaml: inference:platform: {line}"


def test_a_number_beyond_python() -> None:
    with pytest.raises(SettingsError, match="invalid JSON: Exceeds the limit"):
        load("dev", {"inference:platform": '{"a": ' + "9" * 5000 + "}"})


def test_deep_nesting_that_json_can_read() -> None:
    deep = "[" * 500 + "]" * 500
    with pytest.raises(SettingsError, match=r"inference:platform\.cluster: a list of 1; expected a mapping"):
        load("dev", {"inference:platform": json.dumps({"cluster": json.loads(deep)})})


def test_the_error_ends_a_pulumi_program_without_traceback() -> None:
    assert issubclass(SettingsError, pulumi.RunError)


def test_the_current_stack() -> None:
    """In a process of its own, as Pulumi starts a program: the configuration comes in the environment."""
    program = (
        "import pulumi, settings; pulumi.runtime.settings.configure("
        "pulumi.runtime.Settings(project='inference', stack='trial'));"
        "print(len(settings.load_current().models))"
    )
    for config, output, error in (
        (edited({}), "3\n", ""),
        ({"aws:region": "x"}, "", "SettingsError: Pulumi.trial.yaml: config"),
    ):
        environment = {"PULUMI_CONFIG": json.dumps(config), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
        )
        assert done.stdout == output
        assert error in done.stderr


def test_the_current_stack_of_a_recorded_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi, "get_stack", lambda: "trial")
    set_all_config(edited({}))
    try:
        assert len(load_current().models) == 3
    finally:
        set_all_config({})


def test_import_is_quick() -> None:
    """Pulumi itself is most of it; the Kubernetes client must not come on top."""
    program = (
        "import sys, settings; print(sorted({'kubernetes', 'pulumi_kubernetes', 'grpc_status'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", program], cwd=Path(ROOT), text=True) == "[]\n"
