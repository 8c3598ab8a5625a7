"""P20 and M12 of pods: what is added to them unseen, and places that are not theirs."""

from components.admission_policies import cel
from components.admission_policies.pods import containers, pod
from components.admission_policies.rule import Check, Rule

_SIDECAR_PARTS = (
    *(f"sidecar.istio.io/{each}" for each in ("bootstrapOverride", "proxyImage", "userVolume", "userVolumeMount")),
    "proxy.istio.io/overrides",
)
# Libraries of the image: by name alone, or below the directories that images have them in.
_OF_IMAGE = r"^[\s:]*(?:(?:[^/\s:]+|/(?:lib|lib64|opt|usr)/[^\s:]*)(?:[\s:]+|$))*$"
_LIBRARIES = 'e.?value.orValue("")'
_LOADS_OTHERS = (
    f'e.name in ["LD_AUDIT", "LD_PRELOAD"] && (!{cel.matches(_LIBRARIES, _OF_IMAGE)} || {_LIBRARIES}.contains(".."))'
)

_CONTROL_PLANES = cel.texts(["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"])
# An agent that belongs on every node belongs on those too.
_IS_OF_DAEMON_SET = (
    '(object.kind == "DaemonSet" || object.metadata.?ownerReferences.orValue([]).exists(o, o.kind == "DaemonSet"))'
)
# The scheduler writes its choice into the pod, which others change later.
_CHOOSES_NODE = 'variables.spec.?nodeName.orValue("") != "" && (object.kind != "Pod" || request.operation == "CREATE")'

_P20 = Rule(
    id="P20",
    title="All that runs in a pod is in its containers",
    remedy="Remove it, and write the container or volume into the pod's spec.",
    checks=(
        Check(f'{cel.texts(_SIDECAR_PARTS)}.filter(k, variables.annotations[?k].orValue("") != "")'),
        Check(
            containers(f"c.?env.orValue([]).exists(e, {_LOADS_OTHERS})"),
            "Remove the variable: every program of the container loads what is there first.",
        ),
    ),
)
_M12 = Rule(
    id="M12",
    title="Pods take no place that is not theirs",
    remedy="Leave the choice of the node to the scheduler.",
    checks=(
        Check(pod(_CHOOSES_NODE), "Remove nodeName, and select nodes by nodeSelector or affinity."),
        Check(
            pod(
                "variables.spec.?tolerations.orValue([]).exists(t, "
                f't.?key.orValue("") in {_CONTROL_PLANES}) && !{_IS_OF_DAEMON_SET}'
            ),
            "Remove the toleration: control planes run nothing else.",
        ),
        Check(
            pod('variables.spec.?priorityClassName.orValue("").startsWith("system-")'),
            "Set priorityClassName to a class of the platform's, or remove it.",
        ),
    ),
)

RULES = (_P20, _M12)
