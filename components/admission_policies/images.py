"""S01 to S03: which images and models may run."""

from collections.abc import Sequence

from components.admission_policies import cel
from components.admission_policies.pods import images, pod
from components.admission_policies.rule import Check, Rule
from settings import Admission

_LATEST = r"^(?:[^@]*/)?[^/@:]*:latest(?:@|$)"
_WITH_TAG_OR_DIGEST = r"^(?:[^@]*/)?[^/@:]+:[^/@]|^[^@]+@."
_WITH_DIGEST = r"^[^@]*@(?:(?:sha256|blake3):[0-9a-f]{64}|sha512:[0-9a-f]{128})$"
_REPOSITORY = r"^(?:[^/@]*/)*[^/@:]*"
_WITH_HOST = r"^(?:localhost|[^/]*[.:][^/]*)/"

_DIGEST_VARIABLE = "MODEL_SHA256"
_KEY_VARIABLE = "MODEL_SIGNATURE_KEY"
_PUBLIC_KEYS = (
    r"^(?:-----BEGIN PUBLIC KEY-----\n[^-]+\n-----END PUBLIC KEY-----"
    r"(?:\n(?:name|notBefore|notAfter): [a-z0-9-]+)*\n?)+$"
)
_IS_PUBLIC_KEY = cel.matches('e.?value.orValue("")', _PUBLIC_KEYS)
_KEY_REMEDY = f"Sign the model, and give its verifier the public key in {_KEY_VARIABLE}."
_IS_DIGEST = cel.matches('e.?value.orValue("")', r"^[0-9a-f]{64}$")


def _is_from(registries: Sequence[str]) -> str:
    """Whether the image ``i``, completed as a container runtime completes it, comes from one of ``registries``."""
    completed = (
        f'({cel.matches("name", _WITH_HOST)} ? name : name.contains("/") ? "docker.io/" + name'
        ' : "docker.io/library/" + name)'
    )
    of_one = f'{cel.texts(registries)}.exists(r, full == r || full.startsWith(r + "/"))'
    name = f"i.find({cel.text(_REPOSITORY)})"
    return f'[{name}].exists(name, name == "" || [{completed}].exists(full, {of_one}))'


def _without(variable: str, is_right: str, verifiers: str) -> str:
    """Whether no container of ``verifiers`` has the variable ``e``, or one has it with something else."""
    variables = f"variables.{verifiers}.map(c, c.?env.orValue([]).filter(e, e.name == {cel.text(variable)}))"
    return f"{variables}.all(found, size(found) == 0) || {variables}.exists(found, found.exists(e, !{is_right}))"


def _without_digest(verifiers: str) -> str:
    return _without(_DIGEST_VARIABLE, _IS_DIGEST, verifiers)


def _without_signer(verifiers: str) -> str:
    return _without(_KEY_VARIABLE, _IS_PUBLIC_KEY, verifiers)


def rules(admission: Admission) -> tuple[Rule, ...]:
    """The rules on images, with the registries and the level of digests that the stack has."""
    return (
        Rule(
            id="S01",
            title="Images are pinned",
            remedy="Set image to name:tag@sha256:…, never to latest.",
            checks=(
                Check(
                    images(f"{cel.matches('i', _LATEST)} || !{cel.matches('i', _WITH_TAG_OR_DIGEST)}"),
                    "Name the image with the tag of one release.",
                ),
                Check(
                    images(f"!{cel.matches('i', _WITH_DIGEST)}"),
                    "Add the digest to the image: name:tag@sha256:…",
                    admission.require_digest,
                ),
            ),
        ),
        Rule(
            id="S02",
            title="Images come from trusted registries",
            remedy="Use an image from one of the registries in the policy configuration, or add its registry there.",
            checks=(Check(images(f"!{_is_from(admission.registries)}")),),
        ),
        Rule(
            id="S03",
            title="Models are verified before they are served",
            remedy=(f"Set {_DIGEST_VARIABLE} of an init container that verifies the model's files to their SHA-256."),
            checks=(
                Check(pod(f"variables.isModelServer && ({_without_digest('initContainers')})")),
                Check(pod(f"variables.isModelImport && ({_without_digest('appContainers')})")),
                Check(
                    pod(
                        f"variables.isModelServer && ({_without_signer('initContainers')})"
                        f" || variables.isModelImport && ({_without_signer('appContainers')})"
                    ),
                    _KEY_REMEDY,
                    admission.require_signature,
                ),
            ),
        ),
    )
