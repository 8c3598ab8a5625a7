"""The words for a change: the same in a terminal and in the report of a pull request."""

import difflib
import json
from collections.abc import Mapping

from inferencectl.changes.changes import Action, Change, FieldChange, Plan

SIGNS: Mapping[Action, str] = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "±",
    Action.DELETE: "-",
    Action.RELEASE: "!",
}
RELEASED = "stays in the cluster with its data, outside the stack"
_VALUE_CHARACTERS = 100


def summary(plan: Plan, form: str) -> str:
    """Summarise the number of objects per action, each formatted with ``form``, or state that nothing changes."""
    unchanged = plan.counts[Action.UNCHANGED]
    if not plan.changed:
        return f"no changes: {unchanged} objects are up to date"
    acted = [form.format(count=plan.counts[action], action=action) for action in SIGNS if plan.counts[action]]
    return ", ".join([*acted, *([f"{unchanged} unchanged"] if unchanged else [])])


def lines_below(change: Change) -> list[str]:
    """What is said below the line of a change: its fields, each of which may take several lines."""
    released = [RELEASED] if change.action is Action.RELEASE else []
    return released + [field_words(field) for field in change.fields if change.action is not Action.DELETE]


def field_words(field: FieldChange) -> str:
    """A changed field, with what was there before; of a text of several lines those that differ."""
    if isinstance(field.before, str) and isinstance(field.after, str) and "\n" in field.before + field.after:
        return f"~ {field.path}:\n{_changed_lines(field.before, field.after)}"
    if field.before is None:
        return f"+ {field.path}: {_value(field.after)}"
    if field.after is None:
        return f"- {field.path}: {_value(field.before)}"
    return f"~ {field.path}: {_value(field.before)} → {_value(field.after)}"


def _value(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _VALUE_CHARACTERS else f"{text[:_VALUE_CHARACTERS]}…"


def _changed_lines(before: str, after: str) -> str:
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return "\n".join(f"        {line}" for line in lines if line[0] in "+-")
