"""S03: a server serves the model that its stack names, and no other."""

import re
from collections.abc import Iterator

from configuration import Level
from environment import variable
from rule import Rule, Severity, Violation, for_pods
from scope import pods_that
from workloads import ContainerKind, Pod

_DIGEST_VARIABLE = "MODEL_SHA256"
_KEY_VARIABLE = "MODEL_SIGNATURE_KEY"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_IMPORT = "model-import"


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


def _names_signature(pod: Pod) -> Iterator[Violation]:
    kind = _verifying_containers(pod)
    if kind is not None and not any(variable(pod.containers(kind), _KEY_VARIABLE)):
        yield Violation(
            pod.spec.get(kind).path,
            f"no environment variable {_KEY_VARIABLE}",
            f"Sign the model, and give its verifier the public key in {_KEY_VARIABLE}.",
            Level.ADVISORY,
        )


RULES = (
    Rule(
        id="S03",
        title="Models are verified before they are served",
        severity=Severity.HIGH,
        remedy=f"Set {_DIGEST_VARIABLE} of an init container that verifies the model's files to their SHA-256.",
        check=for_pods(_names_digest, _names_signature).about(_WITH_MODELS),
    ),
)
