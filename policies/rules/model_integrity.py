"""S03: a server serves the model that its stack names, and no other."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial

from configuration import Level
from environment import variable
from node import Path
from rule import Check, Outcome, Rule, Severity, Violation, for_pods
from scope import pods_that
from signing_keys import TrustedKey, trusted_keys
from subject import Resource
from workloads import ContainerKind, Pod

_DIGEST_VARIABLE = "MODEL_SHA256"
_KEY_VARIABLE = "MODEL_SIGNATURE_KEY"
_KEY_REMEDY = f"Sign the model, and give its verifier the public key in {_KEY_VARIABLE}."
_SHA256 = re.compile(r"[0-9a-f]{64}")
_IMPORT = "model-import"
WARNED_AHEAD = timedelta(days=30)


def _verifying_containers(pod: Pod) -> ContainerKind | None:
    """Where the model is checked: before the server starts, or in the Job that imports it; None for other pods."""
    if pod.is_model_server():
        return ContainerKind.INIT
    return ContainerKind.APP if pod.component() == _IMPORT else None


_WITH_MODELS = pods_that("model servers and imports of models", lambda pod: _verifying_containers(pod) is not None)


def _names_digest(pod: Pod) -> Iterator[Violation]:
    kind = _verifying_containers(pod)
    if kind is None:
        return
    digests = list(variable(pod.containers(kind), _DIGEST_VARIABLE))
    if not digests:
        yield Violation(pod.spec.get(kind).path, f"no environment variable {_DIGEST_VARIABLE}")
    for digest in digests:
        if not _SHA256.fullmatch(digest.get("value").text() or ""):
            yield Violation.of(digest.get("value"))


def _names_signer(pod: Pod, level: Level) -> Iterator[Violation]:
    kind = _verifying_containers(pod)
    if kind is None:
        return
    keys = list(variable(pod.containers(kind), _KEY_VARIABLE))
    if not keys:
        yield Violation(pod.spec.get(kind).path, f"no environment variable {_KEY_VARIABLE}", _KEY_REMEDY, level)
    for variable_of_keys in keys:
        value = variable_of_keys.get("value")
        trusted = trusted_keys(value.text() or "")
        if not trusted:
            yield Violation.of(value, _KEY_REMEDY, level)
        for key in trusted:
            yield from in_its_days(key, value.path, datetime.now(UTC).date())


def in_its_days(key: TrustedKey, path: Path, today: date) -> Iterator[Violation]:
    """A key is trusted by whoever deploys, and on that day: pods that start later go by what was deployed."""
    if key.not_before and key.not_before > today:
        found = f"key '{key.name}', valid from {key.not_before} on"
        remedy = "Deploy nothing that is signed with it before; pods refuse that."
        yield Violation(path, found, remedy, Level.ADVISORY)
    if key.not_after and key.not_after < today:
        remedy = "Remove the key from signing.keys, with the versions that only it has signed, or give it another end."
        yield Violation(path, f"key '{key.name}', whose last day was {key.not_after}", remedy)
    elif key.not_after and key.not_after < today + WARNED_AHEAD:
        remedy = "Add the next key to signing.keys, and publish with it; a stack with a key past its end is refused."
        yield Violation(path, f"key '{key.name}', whose last day is {key.not_after}", remedy, Level.ADVISORY)


def _verified(resource: Resource) -> Iterator[Outcome]:
    names_signer = partial(_names_signer, level=resource.configuration.require_signature)
    yield from for_pods(_names_digest, names_signer)(resource)


RULES = (
    Rule(
        id="S03",
        title="Models are verified before they are served",
        why="A model is code, and whoever can write to the storage could change what is served. The digest, and the "
        "signature where one is required, ties it to what was published.",
        severity=Severity.HIGH,
        remedy=f"Set {_DIGEST_VARIABLE} of an init container that verifies the model's files to their SHA-256.",
        check=Check(_WITH_MODELS, _verified),
    ),
)
