"""ModelService: one model, from its files in object storage to the address of its clients."""

import pulumi
from pulumi_kubernetes import apps, autoscaling, batch, core, networking, policy

from components.custom_resources import http_route, scaled_object
from components.identity import account_of
from components.model_service.args import ModelServiceArgs, ServedVersion, model_metadata
from components.model_service.manifests import configuration, durations, network, scaling, storage, workload
from components.model_service.manifests import scaled_object as keda
from components.model_service.strategies import strategy_of
from settings import Exposure, Strategy


class ModelService(pulumi.ComponentResource):
    """A served model: one workload per version behind one stable address.

    Owns, per model, the ServiceAccount (without a token), the stable Service, the network policies, the HTTPRoute or
    Ingress (or what makes Flagger keep a route), and the volume of the model's files if it has one; per version, the
    ConfigMap, the Deployment or StatefulSet, the Services, the autoscaler, the disruption budget and the import Job.

    It does not own the namespace (ModelNamespace), the Gateway or Ingress controller, the certificate of an Ingress
    (the Secret ``<model>-tls``), or the Secret with the credentials of object storage: these must already exist.

    Escape hatch: every child is an ordinary Pulumi resource, so a stack transformation reaches what no setting does.

    Attributes:
        address: the URL that HTTP requests to the model begin with.
    """

    address: pulumi.Output[str]

    def __init__(self, name: str, args: ModelServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inference:index:ModelService", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)

        if args.service_account_name is None:
            self._identity()
        self._open_network()
        imported = self._import_files()
        stopped = [self._serve(served, imported) for served in args.served if not served.is_running]
        running = [self._serve(served, [*imported, *stopped]) for served in args.served if served.is_running]
        self._expose([*stopped, *running])

        if args.model.rollout.strategy is Strategy.RECREATE:
            pulumi.info(f"rollout.strategy recreate: {args.model.name} does not answer while its version changes", self)

        self.address = pulumi.Output.from_input(args.namespace).apply(
            lambda namespace: network.address(args, namespace)
        )
        self.register_outputs({"address": self.address})

    def _identity(self) -> None:
        core.v1.ServiceAccount(
            f"{self._name}-account", account_of(model_metadata(self._args), self._args.pull_secrets), self._child
        )

    def _import_files(self) -> list[pulumi.Resource]:
        volume = self._args.model.volume
        if volume is None:
            return []
        kept = pulumi.ResourceOptions(
            parent=self,
            protect=volume.protect,
            retain_on_delete=volume.is_retained,
            # By default, Pulumi deletes a claim whose class changes, under the pods that use it. Like this, it fails
            # because the claim already exists, and the volume stays.
            delete_before_replace=False,
        )
        claim = core.v1.PersistentVolumeClaim(f"{self._name}-models", storage.claim(self._args, volume), kept)
        networking.v1.NetworkPolicy(f"{self._name}-import-policy", network.import_policy(self._args), self._child)
        return [
            batch.v1.Job(
                f"{self._version_name(served)}-import",
                storage.import_job(served),
                pulumi.ResourceOptions(
                    parent=self, depends_on=[claim], custom_timeouts=durations.import_timeouts(served)
                ),
            )
            for served in self._args.served
        ]

    def _serve(self, served: ServedVersion, needed: list[pulumi.Resource]) -> pulumi.Resource:
        """Returns the address of the version, which exists once its servers are ready, or once they have stopped."""
        name = self._version_name(served)
        core.v1.ConfigMap(f"{name}-config", configuration.config_map(served), self._child)
        # An autoscaler that is still in force would start a version again that is to stop.
        paused = [] if served.is_running else self._scale(name, served)
        wait = durations.ready_timeouts(served)
        after = pulumi.ResourceOptions(parent=self, depends_on=[*needed, *paused], custom_timeouts=wait)
        if served.model.stateful:
            core.v1.Service(f"{name}-pods", network.headless_service(served), self._child)
            servers = apps.v1.StatefulSet(f"{name}-servers", workload.stateful_set(served), after)
        else:
            servers = apps.v1.Deployment(f"{name}-servers", workload.deployment(served), after)
        policy.v1.PodDisruptionBudget(f"{name}-disruption", scaling.disruption_budget(served), self._child)
        if served.is_running:
            self._scale(name, served)
        after_servers = pulumi.ResourceOptions(parent=self, depends_on=[servers])
        return core.v1.Service(f"{name}-service", network.version_service(served), after_servers)

    def _scale(self, name: str, served: ServedVersion) -> list[pulumi.Resource]:
        """Returns the autoscaler, if there is one. Kubernetes' own ignores a workload of 0 replicas, KEDA does not."""
        wanted, cluster = served.model.scaling, keda.scales_by(self._args)
        if wanted is None:
            return []
        if cluster is None:
            if not served.is_running:
                return []
            scaler = scaling.autoscaler(served, wanted)
            return [autoscaling.v2.HorizontalPodAutoscaler(f"{name}-autoscaler", scaler, self._child)]
        spec = keda.spec(served, wanted, cluster)
        return [scaled_object(f"{name}-autoscaler", keda.metadata(served, wanted), spec, self._child)]

    def _open_network(self) -> None:
        networking.v1.NetworkPolicy(f"{self._name}-policy", network.server_policy(self._args), self._child)

    def _expose(self, versions: list[pulumi.Resource]) -> None:
        """Move clients to the versions in the settings once all of them are ready; if one fails, none moves.

        Both engines delete versions that the settings no longer contain after everything else.
        """
        strategy = strategy_of(self._args)
        own = strategy.add_resources(self._name, pulumi.ResourceOptions(parent=self, depends_on=versions))
        ready = [*versions, *own]
        if strategy.route_leads_to_stable_service:
            self._lead_route([self._lead_service(ready)])
        else:
            self._lead_service([*ready, *(self._lead_route(ready) if strategy.has_own_route else ())])

    def _lead_service(self, after: list[pulumi.Resource]) -> pulumi.Resource:
        opts = pulumi.ResourceOptions(parent=self, depends_on=after)
        stable = core.v1.Service(f"{self._name}-service", network.stable_service(self._args), opts)
        if self._args.model.exposure is Exposure.INGRESS and self._args.ingress:
            after_service = pulumi.ResourceOptions(parent=self, depends_on=[stable])
            networking.v1.Ingress(
                f"{self._name}-ingress", network.ingress(self._args, self._args.ingress), after_service
            )
        return stable

    def _lead_route(self, after: list[pulumi.Resource]) -> list[pulumi.Resource]:
        if self._args.model.exposure is not Exposure.GATEWAY or self._args.gateway is None:
            return []
        opts = pulumi.ResourceOptions(parent=self, depends_on=after)
        route = network.route(self._args, self._args.gateway)
        return [http_route(f"{self._name}-route", model_metadata(self._args), route, opts)]

    def _version_name(self, served: ServedVersion) -> str:
        return f"{self._name}-v{served.version.version}"
