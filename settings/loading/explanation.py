"""Translation of pydantic's errors into problems in terms of the stack file."""

import re
from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from settings.loading.shape import Location, enum_at, section_at, tags_at, without_tags
from settings.validation.errors import Problem
from settings.validation.issues import ISSUES, MISSING, REFUSED, Issue
from settings.validation.words import did_you_mean, listed, shown
from settings.values.unvalidated import is_list, is_mapping

UNKNOWN_KEY = "unknown key"

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}")
# In place of public keys, private ones are the most likely mistake.
_SECRET_KEY = re.compile(r"secret|password|token|publicKey|'jwks'", re.IGNORECASE)
_EXPECTED = {
    "float_type": "a number",
    "finite_number": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "string_type": "text",
    "string_unicode": "keys without unpaired surrogates",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "too_short": "at least one entry",
}


def explained(error: ValidationError, *, file: str, root: str, data: object) -> tuple[Problem, ...]:
    """The problems of a platform that failed validation.

    ``root`` is the path of the platform in the file, ``data`` the validated data.
    """
    found = [issue for details in error.errors(include_url=False) for issue in _issues(details)]
    return tuple(_problem(issue, file, root + written(issue.path, data)) for issue in found)


def written(location: Location, data: object) -> str:
    """A location as a path below ``data``: ``.models[0] (mnist).versions[1]``, with the names of list entries."""
    path = ""
    for part in location:
        data = _child(data, part)
        if isinstance(part, int):
            name = _child(data, "name")
            path += f"[{part}] ({name})" if isinstance(name, str) and _PLAIN_KEY.fullmatch(name) else f"[{part}]"
        else:
            path += f".{part}" if _PLAIN_KEY.fullmatch(part) else f"[{shown(part)}]"
    return path


def _child(data: object, part: str | int) -> object:
    if isinstance(part, int):
        return data[part] if is_list(data) and part < len(data) else None
    return data.get(part) if is_mapping(data) else None


def _problem(issue: Issue, file: str, path: str) -> Problem:
    """The problem of an issue. The value of a key for secrets may be the secret itself and is not shown."""
    if issue.found not in (MISSING, UNKNOWN_KEY) and _SECRET_KEY.search(str(issue.path[-1:])):
        return Problem(file=file, path=path, value="not shown", expected=issue.expected)
    return Problem(file=file, path=path, value=issue.found, expected=issue.expected, hint=issue.hint)


def _issues(details: ErrorDetails) -> Sequence[Issue]:
    location = _without_key_mark(details)
    place = without_tags(location)
    context = details.get("ctx", {})
    match details["type"]:
        case kind if kind == ISSUES:
            return [issue.below(*place) for issue in context["issues"]]
        case "too_short" if len(details["input"]) >= context["min_length"]:
            return ()  # Pydantic counts valid entries only; each invalid one has its own error.
        case "extra_forbidden":
            return (_unknown_key(location),)
        case "missing":
            return (Issue(path=place, found=MISSING, expected=_description(location)),)
        case "union_tag_not_found" | "union_tag_invalid" as kind:
            key, known = context["discriminator"].strip("'"), tags_at(location)
            tag = details["input"][key] if kind == "union_tag_invalid" else None
            found = MISSING if kind == "union_tag_not_found" else shown(tag)
            hint = did_you_mean(tag, known) if isinstance(tag, str) else ""
            return (Issue(path=(*place, key), found=found, expected=listed(known), hint=hint),)
        case _:
            expected, hint = _expectation(details)
            return (Issue(path=place, found=shown(details["input"]), expected=expected, hint=hint),)


def _without_key_mark(details: ErrorDetails) -> Location:
    """The location of an error, without the ``[key]`` that pydantic adds if the key of a mapping is invalid."""
    location = details["loc"]
    return location[:-1] if location[-1:] == ("[key]",) and details["type"] == REFUSED else location


def _expectation(details: ErrorDetails) -> tuple[str, str]:
    """The expectation for a value, and a hint."""
    context = details.get("ctx", {})
    value = details["input"]
    match details["type"]:
        case kind if kind == REFUSED:
            return context["expected"], context["hint"]
        case "enum":
            known = [str(member) for member in enum_at(details["loc"])]
            return listed(known), did_you_mean(value, known) if isinstance(value, str) else ""
        case kind:
            # Kinds that a later pydantic adds are reported in its own words.
            return _EXPECTED.get(kind, details["msg"]).format(**context), _quoting_hint(kind, value)


def _quoting_hint(kind: str, value: object) -> str:
    if kind == "int_type" and isinstance(value, str) and re.fullmatch(r"[0-9]+", value, re.ASCII):
        return "write it without quotes"
    return "write it in quotes" if kind == "string_type" and isinstance(value, int | float) else ""


def _unknown_key(location: Location) -> Issue:
    section = section_at(location[:-1])
    known = [str(field.alias) for field in section.model_fields.values()] if section else []
    hint = did_you_mean(str(location[-1]), known) or f"known keys: {', '.join(known)}"
    return Issue(path=without_tags(location), found=UNKNOWN_KEY, expected="", hint=hint)


def _description(location: Location) -> str:
    """The description of a field, as a clause."""
    section = section_at(location[:-1])
    fields = section.model_fields.values() if section else ()
    text = next((field.description for field in fields if field.alias == location[-1]), None) or "a value"
    text = " ".join(text.split())
    clause = text.rstrip(".").replace("`", "")
    is_ordinary_word = clause.split()[0][1:].islower()
    return clause[0].lower() + clause[1:] if is_ordinary_word or clause[1] == " " else clause
