"""A stack's policy configuration: the file of Pulumi's ``--policy-pack-config``, completed and validated."""

import json
from collections.abc import Mapping, MutableMapping
from pathlib import Path

import jsonschema
from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2

from inferencectl.program.property_values import JsonValue
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

_LEVELS = {name.lower(): value for name, value in analyzer_pb2.EnforcementLevel.items()}
_ALL = "all"
_CATALOGUE = "catalogue"
# The policies that judge, each with the one that reports its advice.
_JUDGING = {"rules": "advice", "stack-rules": "stack-advice"}
_LEVEL_KEY = "enforcementLevel"
# The platform's policies report findings as JSON where this says so; other packs have no such property.
_FORMAT_KEY, _JSON_FORMAT = "findingFormat", "json"
# They report their advice with the findings that stop a deployment where this says so.
_ADVICE_KEY = "withAdvice"


def configuration_request(info: analyzer_pb2.AnalyzerInfo, file: Path | None) -> analyzer_pb2.ConfigureAnalyzerRequest:
    """Every policy's level and properties: the file's, or else the pack's defaults, as in Pulumi's engine.

    Raises:
        SandboxError: the file is missing or invalid JSON, names an unknown policy, or does not match a policy's schema.
    """
    configured = _read(file) if file else {}
    unknown = sorted(configured.keys() - {policy.name for policy in info.policies} - {_ALL})
    if unknown:
        names = ", ".join(policy.name for policy in info.policies)
        raise _bad(file, f"there is no policy {unknown[0]!r}", f"The pack's policies are {names}.")
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    for policy in info.policies:
        own = {_LEVEL_KEY: _level_name(policy.enforcementLevel)}
        settings = {**own, **_settings(configured.get(_ALL)), **_settings(configured.get(policy.name))}
        request.policyConfig[policy.name].CopyFrom(_policy_config(policy, settings, file))
    _report_advice_with_the_rest(request.policyConfig)
    return request


def _report_advice_with_the_rest(policies: MutableMapping[str, analyzer_pb2.PolicyConfig]) -> None:
    """Switch off the policies for advice where those that judge report it: each decodes every resource once more."""
    for judging, advice in _JUDGING.items():
        if judging not in policies or advice not in policies or _ADVICE_KEY not in policies[judging].properties:
            continue
        is_usual = (
            policies[judging].enforcementLevel == analyzer_pb2.MANDATORY
            and policies[advice].enforcementLevel == analyzer_pb2.ADVISORY
        )
        policies[judging].properties[_ADVICE_KEY] = is_usual
        if is_usual:
            policies[advice].enforcementLevel = analyzer_pb2.DISABLED


def catalogue_request(
    configured: analyzer_pb2.ConfigureAnalyzerRequest, file: Path | None
) -> analyzer_pb2.ConfigureAnalyzerRequest:
    """A configuration that makes the pack report its catalogue and nothing else, after it judged as ``configured``.

    Raises:
        SandboxError: the pack has no catalogue, or a policy that judges is disabled, so that the absence of findings
            would not mean that there are none.
    """
    policies = configured.policyConfig
    if _CATALOGUE not in policies:
        raise _bad(file, f"the pack has no policy {_CATALOGUE!r}", "Use a pack that reports its rules.")
    for name in sorted(policies.keys() & {*_JUDGING, *_JUDGING.values()} - _reported_by_others(policies)):
        if policies[name].enforcementLevel == analyzer_pb2.DISABLED:
            raise _bad(
                file,
                f"{name} is disabled",
                "Disable single rules in rules.levels instead: reports show those as switched off.",
            )
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    for name in policies:
        level = analyzer_pb2.ADVISORY if name == _CATALOGUE else analyzer_pb2.DISABLED
        request.policyConfig[name].enforcementLevel = level
    return request


def _reported_by_others(policies: Mapping[str, analyzer_pb2.PolicyConfig]) -> set[str]:
    """The policies for advice that need not run."""
    reported = (
        advice
        for judging, advice in _JUDGING.items()
        if judging in policies and _is_set(policies[judging], _ADVICE_KEY, to=True)
    )
    return set(reported)


def reports_json(configuration: analyzer_pb2.ConfigureAnalyzerRequest, policy: str) -> bool:
    """Whether ``policy`` reports its findings as JSON objects under ``configuration``."""
    return _is_set(configuration.policyConfig[policy], _FORMAT_KEY, to=_JSON_FORMAT)


def reports_advice(configuration: analyzer_pb2.ConfigureAnalyzerRequest, policy: str) -> bool:
    """Whether ``policy`` reports advice beside what stops a deployment, so that the level is that of the finding."""
    return _is_set(configuration.policyConfig[policy], _ADVICE_KEY, to=True)


def _is_set(config: analyzer_pb2.PolicyConfig, key: str, *, to: JsonValue) -> bool:
    return key in config.properties and config.properties[key] == to


def _read(file: Path) -> Mapping[str, JsonValue]:
    try:
        configured = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise _bad(file, error.strerror or str(error), "Give the path of a readable file.") from error
    except ValueError as error:
        raise _bad(file, f"invalid JSON: {error}", "Write a JSON object of policy names.") from error
    if not isinstance(configured, dict):
        raise _bad(file, "not a JSON object", "Write a JSON object of policy names.")
    return configured


def _settings(value: JsonValue) -> Mapping[str, JsonValue]:
    if value is None:
        return {}
    return value if isinstance(value, dict) else {_LEVEL_KEY: value}


def _policy_config(
    policy: analyzer_pb2.PolicyInfo, settings: Mapping[str, JsonValue], file: Path | None
) -> analyzer_pb2.PolicyConfig:
    level, properties = settings[_LEVEL_KEY], {key: settings[key] for key in settings if key != _LEVEL_KEY}
    if not isinstance(level, str) or level not in _LEVELS:
        raise _bad(file, f"{policy.name}: {level!r} is not a level", f"The levels are {', '.join(_LEVELS)}.")
    schemas = json_format.MessageToDict(policy.configSchema).get("properties", {})
    properties = {**_defaults(schemas), **properties}
    _validate(policy, {"type": "object", "properties": schemas, "additionalProperties": False}, properties, file)
    if _FORMAT_KEY in schemas:
        properties[_FORMAT_KEY] = _JSON_FORMAT
    config = analyzer_pb2.PolicyConfig(enforcementLevel=_LEVELS[level])
    config.properties.update(properties)
    return config


def _defaults(schemas: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: schema["default"] for name, schema in schemas.items() if "default" in schema}


def _validate(
    policy: analyzer_pb2.PolicyInfo,
    schema: Mapping[str, JsonValue],
    properties: Mapping[str, JsonValue],
    file: Path | None,
) -> None:
    try:
        jsonschema.validate(properties, schema)
    except jsonschema.ValidationError as error:
        where = ".".join(str(step) for step in (policy.name, *error.absolute_path))
        expected = error.schema.get("description") if isinstance(error.schema, dict) else None
        raise _bad(file, f"{where}: {error.message}", expected or f"See the schema of {policy.name}.") from error


def _level_name(level: int) -> str:
    return next(name for name, value in _LEVELS.items() if value == level)


def _bad(file: Path | None, what: str, remedy: str) -> SandboxError:
    # With the settings comes the schema of a whole stack, which takes longer to import than all else here.
    from settings.validation.words import shown_path  # noqa: PLC0415

    shown = f" {shown_path(file)}" if file else ""
    return SandboxError(f"The policy configuration{shown}: {what}.", remedy, exit_code=BAD_INPUT)
