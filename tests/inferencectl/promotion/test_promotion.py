"""The files of a promotion: the stack file, and the lock where a version comes by its name."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from inferencectl.promotion import promotion as module
from inferencectl.promotion.change import Change, Proved, change_of
from inferencectl.promotion.promotion import Promotion, new_model
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.project import Project
from settings import Pin, Pins, load, read_pins
from tests.inferencectl.checkout import model, tiny
from tests.inferencectl.promotion.stacks import VERSION, here, proved, stack

REGISTRY = {"registry": {"url": "s3://models/production", "publicKey": "keys/models.pub"}}
PIN = {"version": 2, "storage": VERSION["storage"], "sha256": VERSION["sha256"], "sizeBytes": 5, "metrics": {}, "x": 1}


def write(project: Project, name: str, **keys: Any) -> None:
    text = yaml.safe_dump({"config": {"inference:platform": tiny(model("iris")) | keys}})
    project.stack_file(name).write_text(text, encoding="utf-8")


def named(project: Project) -> tuple[Proved, Change]:
    """A version that dev has by a label, and what it changes in staging."""
    lock = {"schemaVersion": 1, "stacks": {"dev": {"iris@stable": PIN}, "prod": {"iris@1": {**PIN, "version": 1}}}}
    project.models_lock.write_text(json.dumps(lock), encoding="utf-8")
    pins = read_pins(project.models_lock, "dev")
    there = proved(stack("dev", pins, {"versions": [{"name": "iris@stable"}]}, **REGISTRY))
    write(project, "staging", **REGISTRY)
    now = stack("staging", None, {}, **REGISTRY)
    return there, change_of(there, "staging", now, now.models[0])


def test_the_lock_pins_the_number_to_what_was_proved(tmp_path: Path) -> None:
    project = Project(tmp_path)
    there, change = named(project)
    made = Promotion.of(project, there, "staging", change, "")
    with made.tried() as file:
        assert file.read_text(encoding="utf-8") == made.after
    assert made.write() == ["models.lock", "Pulumi.staging.yaml"]
    content = json.loads(project.models_lock.read_text(encoding="utf-8"))
    assert content["stacks"]["staging"] == {"iris@2": PIN}
    assert content["stacks"]["dev"] == {"iris@stable": PIN}
    assert content["stacks"]["prod"].keys() == {"iris@1"}
    platform = yaml.safe_load(project.stack_file("staging").read_text(encoding="utf-8"))["config"]["inference:platform"]
    after = load("staging", {"inference:platform": json.dumps(platform)}, read_pins(project.models_lock, "staging"))
    assert [each.version for each in after.models[0].versions] == [1, 2]


def test_what_ends_between_the_two_files_is_finished_by_the_same_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path)
    there, change = named(project)
    made = Promotion.of(project, there, "staging", change, "")
    real = module.write_atomically

    def killed(path: Path, content: str, *, mode: int) -> None:
        if path == project.stack_file("staging"):
            raise KeyboardInterrupt
        real(path, content, mode=mode)

    monkeypatch.setattr(module, "write_atomically", killed)
    with pytest.raises(KeyboardInterrupt):
        made.write()
    assert project.stack_file("staging").read_text(encoding="utf-8") == made.before
    monkeypatch.undo()
    again = Promotion.of(project, there, "staging", change, "")
    again.write()
    assert (again.after, again.lock) == (made.after, made.lock)


def test_a_file_that_somebody_has_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    project = Project(tmp_path)
    write(project, "staging")
    project.stack_file("staging").chmod(0o644)
    made = Promotion.of(project, proved(), "staging", change_of(proved(), "staging", stack("staging"), here()), "")
    write(project, "staging", data={"class": "internal"})
    with pytest.raises(SandboxError, match="was changed while this command ran"):
        made.write()
    assert "data" in project.stack_file("staging").read_text(encoding="utf-8")
    write(project, "staging")
    assert made.write() == ["Pulumi.staging.yaml"]
    assert project.stack_file("staging").stat().st_mode & 0o777 == 0o644


def test_what_others_share_is_refused_with_what_to_write(tmp_path: Path) -> None:
    project = Project(tmp_path)
    shared = {"versions": [{"version": 1, "storage": "s3://models/iris/1", "sha256": "ab" * 32}]}
    write(project, "staging", models=[model("iris") | shared, model("lily") | shared])
    change = change_of(proved(), "staging", stack("staging"), here())
    with pytest.raises(SandboxError, match="others would change with it") as refused:
        Promotion.of(project, proved(), "staging", change, "")
    assert refused.value.exit_code == BAD_INPUT


@pytest.mark.parametrize("keys", [{}, {"stateful": True, "replicas": 3, "loadTimeoutSeconds": 900, "drainSeconds": 5}])
def test_the_lines_of_a_new_model_can_be_pasted(keys: dict[str, Any]) -> None:
    error = new_model(proved(**keys), "staging", stack("staging"))
    assert error.exit_code == BAD_INPUT
    assert error.message.startswith("staging has no model iris yet")
    lines = error.remedy.partition("\n\n")[2]
    assert lines.startswith("      - name: iris\n        size: 2Mi\n        runtime: tensorflow-serving\n")
    platform = tiny() | {"models": yaml.safe_load(lines)}
    pasted = load("staging", {"inference:platform": json.dumps(platform)}).models[0]
    found = proved(**keys)
    assert pasted.versions == found.model.versions
    assert (pasted.stateful, pasted.load_timeout_seconds) == (found.model.stateful, found.model.load_timeout_seconds)
    assert (pasted.replicas, pasted.drain_seconds) == (None, 30)
    assert not change_of(found, "staging", stack("staging"), pasted)


def test_a_new_model_by_name_needs_the_lock() -> None:
    pins = Pins("dev", {"iris@stable": Pin.model_validate(PIN)})
    there = proved(stack("dev", pins, {"versions": [{"name": "iris@stable"}]}, **REGISTRY))
    error = new_model(there, "staging", stack("staging", None, {}, **REGISTRY))
    assert "then run make lock-models STACK=staging" in error.remedy
    assert "versions: [{name: iris@2}]" in error.remedy
    assert "size" not in error.remedy
