"""R07, N07, D01 and M01 to M04 of pods: identity, mesh, secrets, and what a node needs to know."""

from components.admission_policies import cel
from components.admission_policies.devices import M02
from components.admission_policies.pods import containers, pod, volumes
from components.admission_policies.rule import Check, Rule
from components.metadata import API_TOKEN_REASON, MODEL_SIZE_ANNOTATION
from components.model_service.runtimes import RUNTIMES, Readiness
from settings import MEMORY_PER_SIZE

_SWITCHES = {
    "sidecar.istio.io/inject": "false",
    "istio.io/dataplane-mode": "none",
    "ambient.istio.io/bypass-inbound-capture": "true",
}
_OUT_OF_MESH = " || ".join(f'm[?{cel.text(name)}].orValue("") == "{value}"' for name, value in _SWITCHES.items())
_LONGEST_TOKEN_SECONDS = 86_400
_TOKENS = "v.?projected.?sources.orValue([]).filter(s, has(s.serviceAccountToken)).map(s, s.serviceAccountToken)"
_SIDECAR_REASON = "inference/no-sidecar-reason"

# Names that denote a credential, and values that are not one; the policy pack also recognizes credentials by format.
_SECRET_NAME = (
    r"(?i)(?:pass(?:word|wd|phrase|code)|pwd|(?:^|[^a-z])pass|secret|token"  # noqa: S105 - a pattern
    r"|(?:account|api|access|private|signing|encryption|secret)[_.-]?key|cred(?:ential)?s?)$"
)
# The tokens of language models.
_TEXT_TOKEN = (
    r"(?i)(?:^|[^a-z])(?:max|min|num|n|per|total|new|image|audio|video|think|thinking|special"  # noqa: S105 - a pattern
    r"|bos|cls|end|eos|eot|mask|pad|sep|start|stop|unk)[_.-]?token$"
)
_NO_CREDENTIAL = (
    r"(?i)^(?:\s*|\$.*|\{\{.*|<.*|[./~].*|\[\w+\]|true|false|yes|no|on|off|none|null|disabled|enabled|\d{1,5}|\w+://[^@]*"
    r"|(?:vault|secret|arn|ref\+\w+):.*)$"
)

_DENOTES_SECRET = f"{cel.matches('e.name', _SECRET_NAME)} && !{cel.matches('e.name', _TEXT_TOKEN)}"
_HOLDS_NONE = cel.matches('e.?value.orValue("")', _NO_CREDENTIAL)

_BYTES = r"^[1-9]\d{0,17}$"
_SIZE = f'variables.annotations[?{cel.text(MODEL_SIZE_ANNOTATION)}].orValue("")'
_MEMORY_LIMITS = "variables.appContainers.filter(c, c.?resources.?limits.?memory.hasValue())"

# The container that Istio's webhook adds, in a pod that says so itself: the API server judges a pod after the webhooks,
# and the pod's template as it was written, where nobody but its author has set the annotation or the name.
_PROXY = "istio-proxy"
_HAS_PROXY = (
    'dyn(object).kind == "Pod" && variables.annotations[?"sidecar.istio.io/status"].orValue("").trim() != ""'
    f' && variables.initContainers.exists(p, p.name == "{_PROXY}")'
)
_IMAGE = 'c.?image.orValue("")'
_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def _says_why(annotation: str) -> str:
    return f'variables.annotations[?{cel.text(annotation)}].orValue("").trim() != ""'


def _unbounded(bounds: str, resource: str) -> Check:
    """Containers without a bound of their own; one of the whole pod serves as well."""
    bound = f'resources.?{bounds}[?"{resource}"]'
    amount = f'c.?{bound}.or(variables.spec.?{bound}).orValue("0")'
    broken = f"quantity(string({amount})).compareTo(quantity('0')) <= 0"
    return Check(containers(broken, "scheduledContainers"), f"Set resources.{bounds}.{resource}.")


def _without_probe(probe: str) -> Check:
    """Containers that serve clients; nothing waits for a container that runs to completion."""
    serves = f"!variables.runsToCompletion && size(c.?ports.orValue([])) > 0 && !has(c.{probe})"
    of_servers = containers(f"variables.isModelServer && {serves}", "appContainers")
    # Istio's proxy has no liveness probe: one that hangs is not ready, and gets no requests.
    judged = f' && !(c.name == "{_PROXY}" && {_HAS_PROXY})' if probe == "livenessProbe" else ""
    of_sidecars = containers(f'{serves} && c.?restartPolicy.orValue("") == "Always"{judged}', "initContainers")
    of_others = containers(f"!variables.isModelServer && {serves}", "appContainers")
    places = of_servers if probe == "startupProbe" else f"{of_servers} + {of_others} + {of_sidecars}"
    return Check(places, f"Set {probe}.")


def _not_ready(readiness: Readiness) -> Check:
    runs, asks = cel.matches(_IMAGE, readiness.image), 'c.readinessProbe.?httpGet.?path.orValue("")'
    # In a pod with a proxy, whose agent asks the server at the path of before: the template's is judged by itself.
    asked = cel.any_of(
        cel.matches(asks, f"^{readiness.path}$"),
        f"{cel.matches(asks, '^/app-health/[^/]+/readyz$')} && {_HAS_PROXY}",
    )
    broken = f"variables.isModelServer && {runs} && has(c.readinessProbe) && !({asked})"
    return Check(
        containers(broken, "scheduledContainers"), f"Set readinessProbe.httpGet.path to {readiness.example_path}."
    )


def _grpc(probe: str) -> Check:
    images = [each.readiness.image for each in RUNTIMES.values() if not each.readiness.has_grpc_health]
    runs = " || ".join(cel.matches(_IMAGE, image) for image in images)
    broken = f"variables.isModelServer && ({runs}) && has(c.{probe}) && has(c.{probe}.grpc)"
    remedy = f"Replace {probe}.grpc with httpGet: the runtime's gRPC health is not reliable."
    return Check(containers(broken, "scheduledContainers"), remedy)


RULES = (
    Rule(
        id="R07",
        title="Pods have their own service account, and a token only if needed",
        remedy=(
            "Set automountServiceAccountToken to false, or state in the pod's annotation "
            f"{API_TOKEN_REASON} what the token is for."
        ),
        checks=(
            Check(
                pod('variables.spec.?serviceAccountName.orValue("default") in ["", "default"]'),
                "Set serviceAccountName to a ServiceAccount of the workload's own.",
            ),
            Check(
                pod(f"variables.spec.?automountServiceAccountToken.orValue(true) && !({_says_why(API_TOKEN_REASON)})")
            ),
            Check(
                volumes(f"{_TOKENS}.exists(t, t.?audience.orValue('') == '') && !({_says_why(API_TOKEN_REASON)})"),
                f"Set audience to who takes the token, or state in the annotation {API_TOKEN_REASON} what it is for.",
            ),
            Check(
                volumes(f"{_TOKENS}.exists(t, t.?expirationSeconds.orValue(0) > {_LONGEST_TOKEN_SECONDS})"),
                f"Set expirationSeconds to {_LONGEST_TOKEN_SECONDS} or less: the kubelet renews the token in time.",
            ),
        ),
    ),
    Rule(
        id="N07",
        title="Pods opt out of the mesh only with a reason",
        remedy=f"Remove it, or state the reason in the annotation {_SIDECAR_REASON}.",
        checks=(
            Check(
                pod(
                    f"[variables.labels, variables.annotations].exists(m, {_OUT_OF_MESH})"
                    f" && !({_says_why(_SIDECAR_REASON)})"
                )
            ),
        ),
    ),
    Rule(
        id="D01",
        title="Credentials are not stored in plain text",
        remedy="Keep it in a Secret, and name that in env[].valueFrom.secretKeyRef or in a volume.",
        checks=(Check(containers(f"c.?env.orValue([]).exists(e, {_DENOTES_SECRET} && !{_HOLDS_NONE})")),),
    ),
    Rule(
        id="M01",
        title="CPU and memory are requested and limited",
        remedy="Set resources.requests and resources.limits for cpu and memory.",
        checks=tuple(_unbounded(bounds, name) for bounds in ("requests", "limits") for name in ("cpu", "memory")),
    ),
    M02,
    Rule(
        id="M03",
        title="Model servers have enough memory for their model",
        remedy="Set resources.limits.memory of the model server, or choose a larger resource class.",
        checks=(
            Check(
                pod(f"variables.isModelServer && !{cel.matches(_SIZE, _BYTES)}"),
                f"Annotate the pod template with {MODEL_SIZE_ANNOTATION}, a whole number of bytes.",
            ),
            Check(
                pod(
                    f"variables.isModelServer && {cel.matches(_SIZE, _BYTES)} && size({_MEMORY_LIMITS}) > 0"
                    f" && !{_MEMORY_LIMITS}.exists(c, quantity(string(c.resources.limits.memory))"
                    f".asApproximateFloat() >= {MEMORY_PER_SIZE} * double({_SIZE}))"
                )
            ),
        ),
    ),
    Rule(
        id="M04",
        title="Containers have probes that fit their runtime",
        remedy="Set startupProbe, readinessProbe and livenessProbe as the runtime needs them.",
        checks=(
            *(_without_probe(probe) for probe in _PROBES),
            Check(
                pod(
                    "variables.isModelServer && !variables.runsToCompletion"
                    " && !variables.appContainers.exists(c, size(c.?ports.orValue([])) > 0)"
                ),
                "Set ports of the container that serves the model.",
            ),
            *(_not_ready(runtime.readiness) for runtime in RUNTIMES.values()),
            *(_grpc(probe) for probe in _PROBES),
        ),
    ),
)
