"""The manifests of a model's servers, made by pure functions and looked at without mocks."""

# The fields of typed arguments may hold outputs, so each step into one is an error to the type checker; here they are
# plain values.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportOperatorIssue=false
# pyright: reportArgumentType=false, reportOptionalIterable=false, reportGeneralTypeIssues=false
# pyright: reportOptionalSubscript=false, reportIndexIssue=false, reportCallIssue=false, reportReturnType=false

from typing import Any

import pytest

from components.model_service.manifests import configuration, scaling, storage, workload
from inferencectl.deployer.diagnosis import MODEL_REFUSED
from settings import ResourceClass, Scaling
from tests.components.model_service.served_models import environment, pod, served, server_container
from tests.components.models import DATA, MODELS, STORAGE, model, service_args, version


class TestSecurity:
    @pytest.mark.parametrize("kind", MODELS)
    def test_no_container_may_do_more_than_it_must(self, kind: str) -> None:
        spec = pod(served(**MODELS[kind]))
        assert spec.security_context.run_as_non_root
        assert spec.security_context.seccomp_profile.type == "RuntimeDefault"
        assert spec.automount_service_account_token is False
        for container in [*spec.containers, *spec.init_containers]:
            context = container.security_context
            assert context.read_only_root_filesystem
            assert context.allow_privilege_escalation is False
            assert context.capabilities.drop == ["ALL"]

    def test_the_server_cannot_write_to_its_model(self) -> None:
        mounts = server_container(served()).volume_mounts
        (models,) = (mount for mount in mounts if mount.mount_path.startswith("/models"))
        assert models.read_only

    @pytest.mark.parametrize("kind", ["plain", "volume"])
    def test_the_server_sees_its_own_version_alone_and_whoever_verifies_it_the_whole_volume(self, kind: str) -> None:
        of = served(**MODELS[kind])
        mount = storage.server_mount(of)
        assert (mount.mount_path, mount.sub_path) == ("/models/mnist/1", "mnist/1")
        (verifier,) = storage.init_containers(of)
        (whole,) = (each for each in verifier.volume_mounts if each.name == mount.name)
        assert (whole.mount_path, whole.sub_path) == ("/models", None)


class TestResources:
    def test_requests_equal_limits(self) -> None:
        resources = server_container(served(resources="gpu")).resources
        assert resources.requests == resources.limits
        assert resources.limits == {
            "cpu": "4",
            "memory": "16Gi",
            "nvidia.com/gpu": "1",
            "ephemeral-storage": resources.limits["ephemeral-storage"],
        }

    @pytest.mark.parametrize("cpu", ["200m", "4"])
    def test_a_pod_has_the_same_processors_to_start_as_to_serve(self, cpu: str) -> None:
        of = service_args(model(), resources=ResourceClass(cpu=cpu, memory="2Gi")).served[0]
        (fetcher,) = pod(of).init_containers
        assert fetcher.resources.requests["cpu"] == fetcher.resources.limits["cpu"] == cpu

    @pytest.mark.parametrize(("cpu", "requested"), [("200m", "200m"), ("4", "500m")])
    def test_an_import_takes_few_processors(self, cpu: str, requested: str) -> None:
        of = service_args(model(**MODELS["volume"]), resources=ResourceClass(cpu=cpu, memory="2Gi")).served[0]
        (fetcher,) = storage.import_job(of).spec.template.spec.containers
        assert fetcher.resources.requests["cpu"] == fetcher.resources.limits["cpu"] == requested

    def test_gpu_pods_select_and_tolerate_gpu_nodes_and_others_do_not(self) -> None:
        spec = pod(served(resources="gpu"))
        assert spec.node_selector == {"nvidia.com/gpu.present": "true"}
        assert ("nvidia.com/gpu", "Exists") in {(each.key, each.operator) for each in spec.tolerations}
        assert pod(served()).node_selector is None
        assert "nvidia.com/gpu" not in {each.key for each in pod(served()).tolerations}

    def test_pods_leave_a_lost_node_before_the_clusters_own_five_minutes(self) -> None:
        seconds = {each.key: each.toleration_seconds for each in pod(served()).tolerations}
        assert seconds == {"node.kubernetes.io/not-ready": 20, "node.kubernetes.io/unreachable": 20}

    def test_the_model_size_is_on_the_pods_for_the_memory_policy(self) -> None:
        template = workload.deployment(served(size="24Mi")).spec.template
        assert template.metadata.annotations["inference/model-size-bytes"] == str(24 * 2**20)


class TestRollout:
    def test_no_request_is_lost(self) -> None:
        of = served(drain_seconds=40)
        assert server_container(of).lifecycle.pre_stop.sleep.seconds == 40
        assert pod(of).termination_grace_period_seconds > 40
        rolling = workload.deployment(of).spec.strategy.rolling_update
        assert (rolling.max_surge, rolling.max_unavailable) == (1, 0)

    def test_gpu_pods_make_room_before_they_are_replaced(self) -> None:
        rolling = workload.deployment(served(resources="gpu")).spec.strategy.rolling_update
        assert (rolling.max_surge, rolling.max_unavailable) == (0, 1)

    def test_a_slow_load_is_no_failed_rollout(self) -> None:
        of = served(load_timeout_seconds=3600)
        probe = server_container(of).startup_probe
        deadline = workload.deployment(of).spec.progress_deadline_seconds
        assert deadline > probe.period_seconds * probe.failure_threshold

    def test_changed_files_replace_the_pods(self) -> None:
        key = "inference/configuration-sha256"
        digests = {
            workload.deployment(of).spec.template.metadata.annotations[key]
            for of in (served(), served(), served(**MODELS["batching"]))
        }
        assert len(digests) == 2

    def test_the_configuration_is_mounted_where_the_arguments_say(self) -> None:
        of = served()
        volume = configuration.volume(of)
        assert volume.config_map.name == configuration.config_map(of).metadata.name
        assert configuration.mount(of).name == volume.name


class TestScaling:
    def test_replicas_are_fixed_or_left_to_the_autoscaler(self) -> None:
        assert workload.deployment(served()).spec.replicas is None
        assert workload.stateful_set(served(**MODELS["stateful"])).spec.replicas == 2

    def test_autoscaler(self) -> None:
        limits = Scaling(min_replicas=2, max_replicas=8, memory_utilization_percent=80, scale_down_window_seconds=600)
        spec = scaling.autoscaler(served(), limits).spec
        assert (spec.min_replicas, spec.max_replicas) == (2, 8)
        targets = {metric.resource.name: metric.resource.target.average_utilization for metric in spec.metrics}
        assert targets == {"cpu": 70, "memory": 80}
        assert spec.behavior.scale_up.stabilization_window_seconds == 0
        assert spec.behavior.scale_down.stabilization_window_seconds == 600

    def test_autoscaler_targets_the_kind_that_exists(self) -> None:
        limits = Scaling(min_replicas=1, max_replicas=2)
        assert scaling.autoscaler(served(), limits).spec.scale_target_ref.kind == "Deployment"
        assert scaling.autoscaler(served(stateful=True), limits).spec.scale_target_ref.kind == "StatefulSet"

    def test_memory_is_no_target_unless_asked_for(self) -> None:
        spec = scaling.autoscaler(served(), Scaling(min_replicas=1, max_replicas=2)).spec
        assert [metric.resource.name for metric in spec.metrics] == ["cpu"]

    def test_a_drain_takes_one_pod_at_a_time(self) -> None:
        spec = scaling.disruption_budget(served()).spec
        assert spec.max_unavailable == 1
        assert spec.unhealthy_pod_eviction_policy == "AlwaysAllow"

    def test_pods_are_spread_over_zones_and_nodes_and_a_full_zone_keeps_none_from_running(self) -> None:
        of = served()
        spec = pod(of)
        assert [
            (each.topology_key, each.max_skew, each.when_unsatisfiable, each.label_selector.match_labels)
            for each in spec.topology_spread_constraints
        ] == [
            ("topology.kubernetes.io/zone", 1, "ScheduleAnyway", of.selector),
            ("kubernetes.io/hostname", 1, "ScheduleAnyway", of.selector),
        ]
        (preferred,) = spec.affinity.pod_anti_affinity.preferred_during_scheduling_ignored_during_execution
        assert spec.affinity.pod_anti_affinity.required_during_scheduling_ignored_during_execution is None
        assert (preferred.weight, preferred.pod_affinity_term.topology_key) == (100, "kubernetes.io/hostname")
        assert preferred.pod_affinity_term.label_selector.match_labels == of.selector
        assert spec.priority_class_name == "models-serving"


class TestStorage:
    def test_without_a_volume_each_pod_copies_the_model(self) -> None:
        of = served()
        (fetch,) = storage.init_containers(of)
        assert environment(fetch)["MODEL_REMOTE"] == "storage:models/mnist/1"
        assert environment(fetch)["MODEL_SHA256"] == of.version.sha256
        assert environment(fetch)["MODEL_DIRECTORY"] == "/models/mnist/1"
        assert storage.volume(of).empty_dir.size_limit == "91Mi"

    def test_with_a_volume_a_job_copies_it_and_the_pods_only_check_it(self) -> None:
        of = served(**MODELS["volume"])
        (job_container,) = storage.import_job(of).spec.template.spec.containers
        (check,) = storage.init_containers(of)
        assert "rclone copy" in job_container.command[-1]
        assert "rclone copy" not in check.command[-1]
        assert not [name for name in environment(check) if name.startswith("RCLONE")]
        assert environment(check)["MODEL_SHA256"] == of.version.sha256
        assert environment(check)["MODEL_WARMUP"] == "required"
        claim = storage.claim(of.args, MODELS["volume"]["volume"])
        assert storage.volume(of).persistent_volume_claim.claim_name == claim.metadata.name

    def test_credentials_are_files_of_the_secret_that_only_who_copies_can_read(self) -> None:
        of = served()
        credentials = {each.name: each.secret for each in pod(of).volumes if each.secret}
        ((name, source),) = credentials.items()
        assert source.secret_name == "model-storage"
        assert [item.key for item in source.items] == ["accessKeyId", "secretAccessKey"]
        assert source.default_mode == 0o440
        (fetch,) = storage.init_containers(of)
        (mount,) = (mount for mount in fetch.volume_mounts if mount.name == name)
        assert environment(fetch)["CREDENTIALS_DIRECTORY"] == mount.mount_path
        assert name not in {mount.name for mount in server_container(of).volume_mounts}
        assert not [variable for variable in fetch.env if variable.value_from]

    def test_a_private_authority_of_the_storage_is_trusted_by_who_copies(self) -> None:
        private = STORAGE.model_copy(update={"ca_config_map": "storage-ca"})
        of = service_args(model(), storage=private).served[0]
        (source,) = (each for each in pod(of).volumes if each.config_map and each.config_map.name == "storage-ca")
        (fetch,) = storage.init_containers(of)
        (mount,) = (mount for mount in fetch.volume_mounts if mount.name == source.name)
        assert environment(fetch)["RCLONE_CA_CERT"] == f"{mount.mount_path}/{source.config_map.items[0].path}"
        assert source.config_map.items[0].key == "ca.crt"
        assert "RCLONE_CA_CERT" not in environment(storage.init_containers(served())[0])

    def test_pods_that_only_check_their_volume_have_no_credentials(self) -> None:
        of = served(**MODELS["volume"])
        assert not [each for each in pod(of).volumes if each.secret]
        assert [each for each in storage.import_job(of).spec.template.spec.volumes if each.secret]

    def test_a_claim_says_what_data_it_keeps_and_where_it_can_be_had_again(self) -> None:
        versions = (version(1), version(2, 0))
        args = served(volume=MODELS["volume"]["volume"], data=DATA, versions=versions).args
        claim = storage.claim(args, MODELS["volume"]["volume"])
        assert claim.spec.storage_class_name == "encrypted"
        assert claim.metadata.labels["inference/data-class"] == "internal"
        assert claim.metadata.labels["inference/residency"] == "eu-central-1"
        assert claim.metadata.annotations["inference/restored-from"] == "s3://models/mnist/1 s3://models/mnist/2"

    def test_a_claim_of_data_without_a_class_has_no_label_of_one(self) -> None:
        labels = storage.claim(served().args, MODELS["volume"]["volume"]).metadata.labels
        assert {key for key in labels if key.startswith("inference/")} == set()
        assert labels["app.kubernetes.io/name"] == "mnist"

    def test_a_job_is_named_by_what_it_imports(self) -> None:
        def name(**fields: Any) -> str:
            of = served(volume=MODELS["volume"]["volume"], **fields)
            return storage.import_job(of).metadata.name

        assert name() == name()
        assert name() != name(versions=(version(1).model_copy(update={"sha256": "cd" * 32}),))
        assert name() != name(warmup="required")

    def test_an_import_is_tried_again_unless_the_model_is_refused(self) -> None:
        spec = storage.import_job(served(**MODELS["volume"])).spec
        refused, lost = spec.pod_failure_policy.rules
        assert spec.backoff_limit > 5
        assert spec.template.spec.restart_policy == "Never", "as a policy for failed pods demands"
        assert (refused.action, refused.on_exit_codes.values) == ("FailJob", [MODEL_REFUSED])
        assert (lost.action, lost.on_pod_conditions[0].type) == ("Ignore", "DisruptionTarget")

    def test_a_failed_import_is_repeated_by_the_next_deployment(self) -> None:
        job = storage.import_job(served(**MODELS["volume"]))
        assert job.metadata.annotations["pulumi.com/replaceUnready"] == "true"
