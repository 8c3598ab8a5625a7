"""M02: accelerators are requested as the nodes offer them, whole or in parts, whoever created the nodes."""

from components.admission_policies import cel
from components.admission_policies.pods import containers, pod
from components.admission_policies.rule import Check, Rule
from settings import VENDORS

_TAINTS = tuple(names.resource for names in VENDORS.values())
# Devices of which two compute no faster than one: parts of a card.
_PART_OF_CARD = r"\.shared$|/mig-"
_ANY_NODE_LABELS = '["kubernetes.io/os", "kubernetes.io/arch"]'

_LIMITS, _REQUESTS = (f"c.?resources.?{bounds}.orValue({{}})" for bounds in ("limits", "requests"))

# A DaemonSet's controller replaces the terms of its pods by the name of their node.
_SELECTS = (
    f"variables.spec.?nodeSelector.orValue({{}}).exists(k, !(k in {_ANY_NODE_LABELS}))"
    " || variables.spec.?affinity.?nodeAffinity.?requiredDuringSchedulingIgnoredDuringExecution.?nodeSelectorTerms"
    ".orValue([]).exists(t, has(t.matchFields)"
    f" || t.?matchExpressions.orValue([]).exists(e, !(e.key in {_ANY_NODE_LABELS})))"
)


def _is_of(*taints: str) -> str:
    """Whether the resource ``k`` is of the vendor of one of ``taints``, which begin as its resources do."""
    return cel.any_of(*(f"k.startsWith({cel.text(taint.partition('/')[0] + '/')})" for taint in taints))


def _unequal() -> str:
    limit, request = f"quantity(string({_LIMITS}[k]))", f"quantity(string({_REQUESTS}[k]))"
    is_equal = f"k in {_LIMITS} && k in {_REQUESTS} && {limit}.compareTo({request}) == 0"
    return containers(
        f"[{_LIMITS}, {_REQUESTS}].exists(bounds, bounds.exists(k, ({_is_of(*_TAINTS)}) && !({is_equal})))",
        "scheduledContainers",
    )


def _several_parts() -> str:
    several = f"quantity(string({_LIMITS}[k])).compareTo(quantity('1')) > 0"
    is_part = f"({_is_of(*_TAINTS)}) && {cel.matches('k', _PART_OF_CARD)}"
    return containers(f"{_LIMITS}.exists(k, {is_part} && {several})", "scheduledContainers")


def _asks_for(*taints: str) -> str:
    some = "quantity(string(b[k])).compareTo(quantity('0')) != 0"
    bounds = f"[{_LIMITS}, {_REQUESTS}].exists(b, b.exists(k, ({_is_of(*taints)}) && {some}))"
    return f"variables.scheduledContainers.exists(c, {bounds})"


def _tolerates(taint: str) -> str:
    return (
        'variables.spec.?tolerations.orValue([]).exists(t, t.?operator.orValue("") == "Exists"'
        f' && t.?key.orValue("") in ["", {cel.text(taint)}] && t.?effect.orValue("") in ["", "NoSchedule"])'
    )


M02 = Rule(
    id="M02",
    title="GPU pods run on GPU nodes, with the GPUs they asked for",
    remedy="Set equal GPU requests and limits, a toleration of the vendor's taint, and a nodeSelector.",
    checks=(
        Check(_unequal()),
        Check(_several_parts(), "Set it to 1: more parts of a card have no effect."),
        *(
            Check(
                pod(f"{_asks_for(taint)} && !{_tolerates(taint)}"),
                f"Add to tolerations: key {taint}, operator Exists, effect NoSchedule.",
            )
            for taint in _TAINTS
        ),
        Check(
            pod(f"{_asks_for(*_TAINTS)} && !({_SELECTS})"),
            'Set nodeSelector, for example nvidia.com/gpu.present: "true".',
        ),
    ),
)
