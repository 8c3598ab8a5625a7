"""A stack's policy configuration: the file of Pulumi's ``--policy-pack-config``, completed and validated."""

import json
from collections.abc import Mapping
from pathlib import Path

import jsonschema
from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2

from inferencectl.program.property_values import JsonValue
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

_LEVELS = {name.lower(): value for name, value in analyzer_pb2.EnforcementLevel.items()}
_ALL = "all"
_CATALOGUE = "catalogue"
_JUDGING = frozenset({"rules", "advice", "stack-rules", "stack-advice"})
_LEVEL_KEY = "enforcementLevel"


def configuration_request(info: analyzer_pb2.AnalyzerInfo, file: Path | None) -> analyzer_pb2.ConfigureAnalyzerRequest:
    """Every policy's level and properties: the file's, else the pack's own defaults, as Pulumi's engine has it.

    Raises:
        SandboxError: the file is missing, is no JSON, names a policy that the pack lacks, or breaks a policy's schema.
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
    return request


def catalogue_request(
    configured: analyzer_pb2.ConfigureAnalyzerRequest, file: Path | None
) -> analyzer_pb2.ConfigureAnalyzerRequest:
    """What has the pack tell its catalogue and nothing else, after it has judged as ``configured``.

    Raises:
        SandboxError: the pack has no catalogue, or a policy that judges is switched off: what it would have found must
            not look like nothing.
    """
    policies = configured.policyConfig
    if _CATALOGUE not in policies:
        raise _bad(file, f"the pack has no policy {_CATALOGUE!r}", "Take a pack that tells its own rules.")
    for name in sorted(policies.keys() & _JUDGING):
        if policies[name].enforcementLevel == analyzer_pb2.DISABLED:
            raise _bad(file, f"{name} is disabled", "Switch single rules off in rules.levels: a report can tell those.")
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    for name in policies:
        level = analyzer_pb2.ADVISORY if name == _CATALOGUE else analyzer_pb2.DISABLED
        request.policyConfig[name].enforcementLevel = level
    return request


def _read(file: Path) -> Mapping[str, JsonValue]:
    try:
        configured = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise _bad(file, error.strerror or str(error), "Name a file that can be read.") from error
    except ValueError as error:
        raise _bad(file, f"invalid JSON: {error}", "Write a JSON object of policy names.") from error
    if not isinstance(configured, dict):
        raise _bad(file, "no JSON object", "Write a JSON object of policy names.")
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
        raise _bad(file, f"{policy.name}: {level!r} is no level", f"The levels are {', '.join(_LEVELS)}.")
    schemas = json_format.MessageToDict(policy.configSchema).get("properties", {})
    properties = {**_defaults(schemas), **properties}
    _validate(policy, {"type": "object", "properties": schemas, "additionalProperties": False}, properties, file)
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
    return SandboxError(f"The policy configuration {file}: {what}.", remedy, exit_code=BAD_INPUT)
