"""The changes that the events of one of Pulumi's operations tell of, in the form that both engines report."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi.automation.events import EngineEvent, OpType, StepEventMetadata, StepEventStateMetadata
from pulumi.runtime.rpc import UNKNOWN

from inferencectl.changes import Action, Change, FieldChange, Plan
from inferencectl.changes.differences import SECRET, fields_between, path_text

NOT_YET_KNOWN = "(known after the deployment)"

# https://www.pulumi.com/docs/iac/concepts/secrets/: how a secret stands in a state, there encrypted or left out.
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - what marks a secret, and none itself

_ACTIONS = {
    "create": Action.CREATE,
    "import": Action.CREATE,
    "update": Action.UPDATE,
    "delete": Action.DELETE,
    "same": Action.UNCHANGED,
    "replace": Action.REPLACE,
    "create-replacement": Action.REPLACE,
    "import-replacement": Action.REPLACE,
    "delete-replaced": Action.REPLACE,
}
_PROVIDER = "pulumi:providers:"
_PATH_PART = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[\]]+)')


@dataclass
class Steps:
    """The steps of one operation: those that were `carried_out`, otherwise those that are planned."""

    carried_out: bool
    _changes: dict[str, Change] = field(default_factory=dict)
    _before_refresh: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        """The changes, in the order in which Pulumi comes to them."""
        return Plan(changes=tuple(self._changes.values()))

    def take(self, event: EngineEvent) -> Change | None:
        """Record the step of an event and return its change; None if there is none."""
        told = event.res_outputs_event if self.carried_out else event.resource_pre_event
        if told is None:
            return None
        step = told.metadata
        if step.op is OpType.REFRESH:
            if step.old:
                self._before_refresh[step.urn] = step.old.inputs or {}
            return None
        action = _ACTIONS.get(step.op.value)
        if action is None or not _is_of_the_stack(step):
            return None
        before = self._changes.get(step.urn)
        if before and before.action is Action.REPLACE and before.fields:
            # A replacement has several steps; the deletion at its end does not say what differs.
            return None
        change = self._changes[step.urn] = self._change(step, action)
        return change

    def _change(self, step: StepEventMetadata, action: Action) -> Change:
        state = _state(step)
        if action is Action.DELETE and state.retain_on_delete:
            action = Action.RELEASE
        inputs = state.inputs or {}
        metadata = inputs.get("metadata")
        named = metadata if isinstance(metadata, Mapping) else {}
        drifted = action is not Action.UNCHANGED and step.new is not None and self._is_as_deployed(step.urn, inputs)
        return Change(
            action=action,
            kind=str(inputs.get("kind") or step.type.rpartition(":")[2]),
            namespace=str(named.get("namespace") or ""),
            name=str(named.get("name") or step.urn.rpartition("::")[2]),
            urn=step.urn,
            fields=tuple(_fields(step)) if action in (Action.UPDATE, Action.REPLACE) else (),
            drifted=drifted,
        )

    def _is_as_deployed(self, urn: str, inputs: Mapping[str, Any]) -> bool:
        """Whether the program wants what it wanted before, so that another client has made the difference.

        The events leave out the values of secrets, so that it cannot be known of them.
        """
        return urn in self._before_refresh and self._before_refresh[urn] == inputs and not _holds_secret(inputs)


def _is_of_the_stack(step: StepEventMetadata) -> bool:
    """Whether it is more than a group of resources, or a provider that comes and goes with them."""
    state = _state(step)
    return bool(state.custom) and (not step.type.startswith(_PROVIDER) or step.op in (OpType.UPDATE, OpType.REPLACE))


def _state(step: StepEventMetadata) -> StepEventStateMetadata:
    state = step.new or step.old
    assert state is not None, step.urn  # noqa: S101 - the format of the events
    return state


def _fields(step: StepEventMetadata) -> Iterator[FieldChange]:
    if not (step.old and step.new):
        return
    before, after = step.old.inputs or {}, step.new.inputs or {}
    secret_keys = ("data", "stringData") if step.type.rpartition(":")[2] == "Secret" else ()
    yield from fields_between(_readable(before), _readable(after), secret_keys)
    # The events leave out the values of secrets, which makes two of them equal.
    for path in {_secret_below(before, _parts(written)): None for written in step.detailed_diff or ()}:
        if path:
            yield FieldChange(path=path_text(path), before=SECRET, after=SECRET)


def _secret_below(value: object, parts: tuple[str, ...]) -> tuple[str, ...]:
    """The path of the secret that `parts` lead into; empty if there is none."""
    path: tuple[str, ...] = ()
    for part in parts:
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value, path = value[int(part)], (*path, f"[{part}]")
        elif isinstance(value, Mapping):
            value, path = value.get(part), (*path, f"[{part}]" if "." in part else part)
        else:
            return ()
        if _is_secret(value):
            return path
    return ()


def _parts(path: str) -> tuple[str, ...]:
    """The parts of a path in Pulumi's form: `spec.containers[0].env`, `metadata.labels["a.b/c"]`."""
    return tuple(next(filter(None, match.groups()), "") for match in _PATH_PART.finditer(path))


def _readable(value: object) -> Any:  # noqa: ANN401 - a value of a manifest
    """The value with `[secret]` for secrets, and a remark for what is not known yet."""
    if value == UNKNOWN:
        return NOT_YET_KNOWN
    if _is_secret(value):
        return SECRET
    if isinstance(value, Mapping):
        return {key: _readable(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_readable(each) for each in value]
    return value


def _is_secret(value: object) -> bool:
    return isinstance(value, Mapping) and value.get(_SIGNATURE) == _SECRET_SIGNATURE


def _holds_secret(value: object) -> bool:
    if isinstance(value, Mapping):
        return _is_secret(value) or any(map(_holds_secret, value.values()))
    return isinstance(value, list) and any(map(_holds_secret, value))
