"""The program whose events are recorded: one resource for each thing that can happen to one."""

import pulumi
import pulumi_kubernetes as kubernetes

config = pulumi.Config("scenario")
after = config.require_bool("after")
namespace = config.require("namespace")


def named(name: str, **annotations: str) -> kubernetes.meta.v1.ObjectMetaArgs:
    return kubernetes.meta.v1.ObjectMetaArgs(namespace=namespace, name=name, annotations=annotations or None)


cluster = kubernetes.Provider("cluster", context="sandbox", enable_patch_force=True)
group = pulumi.ComponentResource("scenario:index:Group", "group")
inside = pulumi.ResourceOptions(parent=group, provider=cluster)
keeping = pulumi.ResourceOptions(parent=group, provider=cluster, retain_on_delete=True)

kubernetes.core.v1.ConfigMap("same", metadata=named("same"), data={"key": "value"}, opts=inside)
kubernetes.core.v1.ConfigMap("drifted", metadata=named("drifted"), data={"key": "value"}, opts=inside)
kubernetes.core.v1.ConfigMap("lost", metadata=named("lost"), data={"key": "value"}, opts=inside)
kubernetes.apiextensions.CustomResource(
    "route",
    api_version="gateway.networking.k8s.io/v1",
    kind="HTTPRoute",
    metadata=named("mnist"),
    spec={
        "rules": [
            {
                "backendRefs": [
                    {"name": "mnist-v1", "port": 8501, "weight": 80 if after else 90},
                    {"name": "mnist-v2", "port": 8501, "weight": 20 if after else 10},
                ]
            }
        ]
    },
    opts=inside,
)
kubernetes.core.v1.Secret(
    "secret",
    metadata=named("secret"),
    string_data={"token": pulumi.Output.secret("second" if after else "first"), "user": "b" if after else "a"},
    opts=inside,
)
container = kubernetes.core.v1.ContainerArgs(name="import", image=f"tools:{2 if after else 1}")
pod = kubernetes.core.v1.PodSpecArgs(restart_policy="Never", containers=[container])
kubernetes.batch.v1.Job(
    "job",
    metadata=named("job", **{"pulumi.com/skipAwait": "true"}),
    spec=kubernetes.batch.v1.JobSpecArgs(template=kubernetes.core.v1.PodTemplateSpecArgs(spec=pod)),
    opts=inside,
)
if not after:
    kubernetes.core.v1.ConfigMap("gone", metadata=named("gone"), data={"key": "value"}, opts=inside)
    kubernetes.core.v1.ConfigMap("kept", metadata=named("kept"), data={"key": "value"}, opts=keeping)
if after:
    made = kubernetes.core.v1.ConfigMap("new", metadata=named("new"), data={"key": "value"}, opts=inside)
    of_it = made.metadata.apply(lambda metadata: str(metadata.uid))
    kubernetes.core.v1.ConfigMap("unknown", metadata=named("unknown"), data={"uid": of_it}, opts=inside)
