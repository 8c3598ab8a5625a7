"""The context that a stack names is one of the kubeconfig, or Pulumi is stopped before its first request."""

import gc
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from settings import SettingsError, kubeconfig_files, require_context
from tests.settings.settings_stack import ROOT


@pytest.fixture
def kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One of two files that the variable names; the other has the context `other`."""
    file, other = tmp_path / "config", tmp_path / "other"
    write(file, "inference-prod", "inference-dev")
    write(other, "other")
    monkeypatch.setenv("KUBECONFIG", f"{file}:{other}:{tmp_path / 'missing'}")
    return file


def write(file: Path, *contexts: str) -> None:
    file.write_text(yaml.safe_dump({"contexts": [{"name": name, "context": {}} for name in contexts]}))


@pytest.mark.parametrize("context", ["inference-prod", "other"])
def test_a_context_of_any_of_the_files_is_accepted(kubeconfig: Path, context: str) -> None:
    require_context("prod", context)


def test_another_one_is_refused_with_those_that_there_are(kubeconfig: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        require_context("prod", "inference-prd")
    message = str(caught.value)
    assert message.startswith(
        'Pulumi.prod.yaml: inference:platform.cluster.context: "inference-prd"; expected a context'
    )
    assert f"{kubeconfig}, " in message
    assert ": inference-dev, inference-prod, other; did you mean 'inference-prod'?" in message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("content", ["", "[]", "contexts: none", "contexts: [1, {}]", "{", "\x00"])
def test_a_file_without_contexts_has_none(kubeconfig: Path, content: str) -> None:
    kubeconfig.write_text(content)
    with pytest.raises(SettingsError, match=r"expected a context of .*: other; "):
        require_context("prod", "inference-prod")


def test_a_machine_without_a_kubeconfig_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert kubeconfig_files() == [tmp_path / ".kube" / "config"]
    with pytest.raises(SettingsError, match=r"\.kube/config, which has none; kubectl config get-contexts"):
        require_context("prod", "inference-prod")


def test_a_program_that_pulumi_runs_is_stopped_and_a_recorded_one_is_not(kubeconfig: Path) -> None:
    """Pulumi's engine is behind an address; a recorded run has mocks, and needs no cluster."""
    stack = "settings.read_stack_file(pathlib.Path('Pulumi.prod.yaml'))"
    program = (
        "import gc, pathlib, pulumi, settings; from pulumi.runtime import config, mocks, settings as sdk;"
        f"config.set_all_config({stack});"
        "sdk.configure({settings}); print(settings.load_current().cluster.context, gc.get_threshold()[0])"
    )
    write(kubeconfig, "another")

    def run(how: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", program.replace("{settings}", how)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    engine = run("sdk.Settings(project='inference', stack='prod', monitor='127.0.0.1:1')")
    assert "SettingsError: Pulumi.prod.yaml: inference:platform.cluster.context" in engine.stderr
    assert "expected a context of" in engine.stderr
    recorded = run("mocks.MockSettings(project='inference', stack='prod', monitor=mocks.MockMonitor(None))")
    assert recorded.stdout == f"inference-prod {gc.get_threshold()[0]}\n", recorded.stderr
    write(kubeconfig, "inference-prod")
    engine = run("sdk.Settings(project='inference', stack='prod', monitor='127.0.0.1:1')")
    assert engine.stdout == "inference-prod 100000\n", engine.stderr
