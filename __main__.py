"""The serving platform of one environment: namespace, nodes, how requests come in, models, who watches, logs."""

from dataclasses import replace

import pulumi

import components
import settings
from versions import read_lock

platform = settings.load_current()
images = settings.images_of(platform, read_lock())
if images.builds:
    images = components.ImageBuilds("image-builds", components.ImageBuildsArgs(images=images)).images

cluster = components.cluster_of(platform.cluster.context)
in_cluster = pulumi.ResourceOptions(provider=cluster)

namespace = components.ModelNamespace("models", components.ModelNamespaceArgs.of(platform), in_cluster)
access = components.PlatformAccessArgs(namespace=namespace.namespace, access=platform.access, mesh=platform.mesh)
components.PlatformAccess("access", access, in_cluster)
admission = components.AdmissionPoliciesArgs(namespace=namespace.namespace, admission=platform.admission)
guarded = components.AdmissionPolicies("admission", admission, in_cluster)

if platform.gpu_software:
    software = components.GpuSoftwareArgs.of(platform.gpu_software, platform.pools, images)
    components.GpuSoftware("gpu-software", software, in_cluster)
for pool in platform.pools:
    args = components.GpuNodePoolArgs.of(pool, images, guarded.namespace, platform.mesh)
    components.GpuNodePool(pool.name, args, in_cluster)

prepull = components.ImagePrepullArgs.of(platform, images, guarded.namespace)
components.ImagePrepull("image-prepull", prepull, in_cluster)

ready = guarded.namespace
if platform.mesh.installation:
    installed = components.istio(platform.mesh, platform.mesh.installation, images.pull_secrets)
    ready = components.AddOn("istio", installed, in_cluster).before(ready)
if platform.gateway and platform.gateway.owned:
    owned = components.IngressGatewayArgs.of(platform, platform.gateway, platform.gateway.owned, ready)
    ready = components.IngressGateway("gateway", owned, in_cluster).models_namespace

services = [
    components.ModelServiceArgs.of(
        platform,
        model,
        namespace=ready,
        priority_class_name=namespace.priority_class_name,
        server_image=images.by_model[model.name],
        fetcher_image=images.fetcher,
    )
    for model in platform.models
]
if platform.mesh.is_on:
    meshed = components.ServiceMeshArgs.of(platform, ready, [args.meshed for args in services])
    mesh = components.ServiceMesh("mesh", meshed, in_cluster)
    services = [replace(args, namespace=mesh.namespace) for args in services]
services = [components.sampled(args, images.sampler, in_cluster) for args in services]
addresses = {args.model.name: components.ModelService(args.model.name, args, in_cluster).address for args in services}
addresses |= components.graphed(platform, services, images.router, in_cluster)

if platform.verification:
    verified = components.ModelVerificationArgs.of(platform.verification, services)
    components.ModelVerification("model-verification", verified, in_cluster)

if monitoring := platform.monitoring:
    watched = components.MonitoringStackArgs.of(monitoring, services, platform)
    before = components.installed_prometheus(platform, services, guarded.namespace, in_cluster)
    watched = replace(watched, namespace=before(watched.namespace)) if before else watched
    components.MonitoringStack("monitoring", watched, in_cluster)

if platform.autoscaling and platform.autoscaling.adapter_namespace:
    rules = components.MetricsAdapterRulesArgs.of(platform, platform.autoscaling)
    components.MetricsAdapterRules("metrics-adapter", rules, in_cluster)

if platform.logging:
    components.logged(platform, platform.logging, images, in_cluster)

pulumi.export("namespace", guarded.namespace)
pulumi.export("addresses", addresses)
