"""Pods, wherever they are described: the resources that carry one, and the variables that the rules on pods read."""

from collections.abc import Mapping

from components.admission_policies import cel
from components.metadata import MODEL_IMPORT, MODEL_SERVER

RESOURCES: Mapping[str, tuple[str, ...]] = {
    "": ("pods", "pods/ephemeralcontainers", "podtemplates", "replicationcontrollers"),
    "apps": ("deployments", "statefulsets", "daemonsets", "replicasets"),
    "batch": ("jobs", "cronjobs"),
}

# The pod itself, or the template that an object makes its pods of. Dynamic, as the kinds differ in where it is.
_TEMPLATE = (
    '(it.kind == "Pod" ? it : it.kind == "CronJob" ? it.spec.jobTemplate.spec.template'
    ' : it.kind == "PodTemplate" ? it.template : it.spec.template)'
)
# Controllers update objects that were made under other rules: they scale old ReplicaSets down and finish old pods.
JUDGED = (
    f"[{_TEMPLATE}].map(pod, [pod.spec, pod.?metadata.?labels.orValue({{}}), pod.?metadata.?annotations.orValue({{}})])"
)

_NAMED = '"container " + c.name'

VARIABLES: Mapping[str, str] = {
    "pod": f"[dyn(object)].map(it, {_TEMPLATE})[0]",
    "spec": "variables.pod.spec",
    "labels": "variables.pod.?metadata.?labels.orValue({})",
    "annotations": "variables.pod.?metadata.?annotations.orValue({})",
    "appContainers": "variables.spec.containers",
    "initContainers": "variables.spec.?initContainers.orValue([])",
    "scheduledContainers": "variables.initContainers + variables.appContainers",
    "containers": "variables.scheduledContainers + variables.spec.?ephemeralContainers.orValue([])",
    "volumes": "variables.spec.?volumes.orValue([])",
    "securityContexts": (
        '[{"of": dyn("the pod"), "is": variables.spec.?securityContext.orValue({})}] + variables.containers.map(c, '
        f'{{"of": dyn({_NAMED}), "is": c.?securityContext.orValue({{}})}})'
    ),
    "images": (
        f'variables.containers.map(c, {{"of": {_NAMED}, "is": string(c.?image.orValue(""))}}) + variables.volumes'
        '.filter(v, has(v.image)).map(v, {"of": "volume " + v.name, "is": string(v.image.?reference.orValue(""))})'
    ),
    # Windows has none of the Linux-only fields; the users of a pod with user namespaces are none of the node's.
    "isWindows": 'variables.spec.?os.?name.orValue("") == "windows"',
    "hasUserNamespace": "!variables.spec.?hostUsers.orValue(true)",
    "runsToCompletion": 'variables.spec.?restartPolicy.orValue("") in ["Never", "OnFailure"]',
    "component": 'variables.labels[?"app.kubernetes.io/component"].orValue("")',
    "isModelServer": f"variables.component == {cel.text(MODEL_SERVER)}",
    "isModelImport": f"variables.component == {cel.text(MODEL_IMPORT)}",
}


def containers(broken: str, of: str = "containers") -> str:
    """The containers ``c`` in the variable ``of`` for which ``broken`` holds."""
    return f"variables.{of}.filter(c, {broken}).map(c, {_NAMED})"


def volumes(broken: str) -> str:
    """The volumes ``v`` for which ``broken`` holds."""
    return f'variables.volumes.filter(v, {broken}).map(v, "volume " + v.name)'


def security_contexts(broken: str) -> str:
    """The pod and the containers for whose security context ``s`` ``broken`` holds."""
    return f"variables.securityContexts.filter(each, [each.is].exists(s, {broken})).map(each, each.of)"


def images(broken: str) -> str:
    """The containers and volumes for whose image ``i`` ``broken`` holds."""
    return f"variables.images.filter(each, [each.is].exists(i, {broken})).map(each, each.of)"


def pod(broken: str) -> str:
    """The pod, where ``broken`` holds."""
    return cel.place("the pod", broken)
