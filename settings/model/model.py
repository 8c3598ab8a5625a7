"""A model that the platform serves."""

import math
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from settings.architecture import Architecture, Architectures
from settings.gpu.accelerators import Vendor
from settings.model.batching import Batching
from settings.model.data import Data
from settings.model.exposure import Exposure
from settings.model.mesh import ModelMesh
from settings.model.objective import Objective
from settings.model.pins import sized
from settings.model.release.release import Release
from settings.model.release.weights import WeightsRelease
from settings.model.rollout import Rollout, Strategy
from settings.model.sampling import Sampling
from settings.model.scaling import Scaling
from settings.model.server_settings import ServerEnvironment, ServerFlags
from settings.model.triton import Triton
from settings.model.version import Version
from settings.model.version_issues import version_issues
from settings.model.volume import Volume
from settings.model.weights import weight_issues
from settings.validation.issues import MISSING, Issue, refuse, refuse_all
from settings.validation.section import Count, Flag, Section, WholeNumber, nothing
from settings.validation.words import did_you_mean, listed
from settings.values.metadata import Annotations, Labels
from settings.values.quantity import ByteQuantity, quantity_value
from settings.values.storage_names import StorageRole
from settings.values.text import Cidr, DnsLabel, DnsSubdomain, HostName, ImageReference, ModelName, ServedName
from settings.values.unvalidated import is_mapping
from versions import RUNTIME_IMAGES

MEMORY_PER_SIZE = Decimal("2.5")
# The files are copied once and moved into place. Above their size, they take blocks of the disk and directories.
COPY_PER_SIZE, COPY_MEBIBYTES = Decimal("1.1"), 64


class Warmup(StrEnum):
    """Whether a version must include warm-up requests."""

    OPTIONAL = "optional"
    REQUIRED = "required"


def _known_runtime(name: str) -> str:
    if name not in RUNTIME_IMAGES:
        refuse(f"a runtime: {listed(RUNTIME_IMAGES)}", did_you_mean(name, RUNTIME_IMAGES))
    return name


class Model(Section):
    """A model, its versions, and how they run. Each version is a separate workload."""

    name: ModelName
    """Name of the model in the cluster."""
    served_name: ServedName | None = None
    """Name of the model in requests, such as `half_plus_two`; defaults to `name`."""
    runtime: Annotated[str, AfterValidator(_known_runtime)]
    """Model server: a key of `RUNTIME_IMAGES` in `versions.py`."""
    size: ByteQuantity
    """Size of the files of the largest version."""
    resources: str
    """Resource class of each pod."""
    runtime_class: DnsSubdomain | None = None
    """RuntimeClass of the pods; takes precedence over that of their resource class and of their pool."""
    image: ImageReference | None = None
    """Image of the model server instead of the platform's, such as one for another vendor's accelerators."""
    architectures: Architectures = (Architecture.AMD64,)
    """Architectures that `image` is built for; pods run on no other nodes."""
    versions: Annotated[tuple[Version, ...], Field(min_length=1)]
    """Versions to serve side by side."""
    rollout: Rollout = Rollout()
    """How the model changes from one version to another."""
    release: Release = WeightsRelease()
    """Release strategy: which clients get which version."""
    replicas: Count | None = None
    """Fixed number of pods of each version, instead of `scaling`."""
    scaling: Scaling | None = None
    """Autoscaling; keys that are not set have the defaults of the environment."""
    exposure: Exposure = Exposure.CLUSTER_IP
    """How clients reach the model."""
    hostname: HostName | None = None
    """Host name for exposure `ingress` or `gateway`; defaults to a subdomain of the gateway's or controller's."""
    clients: tuple[Cidr, ...] = ()
    """Networks that may call the model with exposure `node-port` or `load-balancer`."""
    mesh: ModelMesh | None = None
    """Callers and limits in the stack's mesh."""
    objective: Objective | None = None
    """What the model promises its callers, in a stack with `monitoring`."""
    team: DnsLabel | None = None
    """Team that is told of the model's alerts; defaults to that of `monitoring`."""
    sampling: Sampling | None = None
    """Metrics of what the model is asked and answers, in a stack with `monitoring`."""
    stateful: Flag = False
    """Stable pod identities and session affinity (a StatefulSet instead of a Deployment)."""
    batching: Batching | None = None
    """Batching inside the model server; off by default."""
    warmup: Warmup = Warmup.OPTIONAL
    """`required` rejects a version without warm-up requests; Triton is sent zeros instead."""
    triton: Triton | None = None
    """Settings for runtime `triton`."""
    volume: Volume | None = None
    """Volume that an import Job fills; without it, every pod downloads the model at startup."""
    credentials_secret: DnsLabel | None = None
    """Secret whose keys can read this model only, in the format of the one in `storage`; defaults to that one."""
    storage_role: StorageRole | None = None
    """Role, service account or client ID that can read this model only; defaults to that of `storage.identity`."""
    data: Data | None = None
    """Classification of the model's data, if it differs from the stack's."""
    load_timeout_seconds: Annotated[WholeNumber, Field(ge=1, le=86_400)] = 300
    """How long loading a version may take before the pod counts as failed."""
    drain_seconds: Annotated[WholeNumber, Field(ge=0, le=3600)] = 30
    """How long a stopping pod keeps answering requests."""
    log_level: Annotated[WholeNumber, Field(ge=0, le=3)] = 1
    """Minimum severity that the model server logs: 0 information, 1 warnings, 2 errors, 3 fatal errors."""
    environment: ServerEnvironment = Field(default_factory=nothing)
    """Environment variables of the model server, of those that its [runtime](runtimes.md) has for a stack to set."""
    server_flags: ServerFlags = Field(default_factory=nothing)
    """Flags of the model server, without dashes, of those that its runtime has for a stack to set."""
    pod_annotations: Annotations = Field(default_factory=nothing)
    """Annotations of the pods, without a domain or of one of `cluster.metadataDomains`."""
    pod_labels: Labels = Field(default_factory=nothing)
    """Labels of the pods, likewise."""
    service_annotations: Annotations = Field(default_factory=nothing)
    """Annotations of the model's Service, such as those by which a cloud makes its load balancer, likewise."""

    @model_validator(mode="before")
    @classmethod
    def _sized(cls, data: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - any value of the stack file
        return sized(data, info.context) if is_mapping(data) and info.context else data

    @model_validator(mode="after")
    def _tells_drift_from_chance(self, info: ValidationInfo) -> Self:
        pinned = {name: pin.drift for name, pin in info.context.by_name.items()} if info.context else {}
        if self.sampling:
            named = {each.name: pinned[each.name] for each in self.versions if each.name and each.name in pinned}
            refuse_all([issue.below("sampling") for issue in self.sampling.noise_issues(named)])
        return self

    @property
    def name_in_requests(self) -> str:
        """What clients call the model: in paths, in messages, and in the metrics of its server."""
        return self.served_name or self.name

    @property
    def memory_floor_bytes(self) -> int:
        """Minimum memory of a pod: 2.5 times the size of the files."""
        return math.ceil(MEMORY_PER_SIZE * quantity_value(self.size))

    @property
    def copy_mebibytes(self) -> int:
        """Disk of a node that a pod may fill with a copy of the files, in MiB."""
        return math.ceil(COPY_PER_SIZE * quantity_value(self.size) / 2**20) + COPY_MEBIBYTES

    @property
    def min_replicas(self) -> int:
        """Minimum number of pods of each version."""
        return self.scaling.min_replicas if self.scaling else self.replicas or 0

    @property
    def max_replicas(self) -> int:
        """Maximum number of pods of each version, without the surge of a rollout."""
        return self.scaling.max_replicas if self.scaling else self.replicas or 0

    @property
    def running(self) -> tuple[Version, ...]:
        """The versions that have pods: all of them, or with the strategy `recreate` the one that gets the requests."""
        if self.rollout.strategy is Strategy.SURGE:
            return self.versions
        return tuple(version for version in self.versions if version.share_percent)

    def runs_on(self, vendor: Vendor) -> bool:
        """Whether there is an image for a vendor's accelerators; the platform's own are for NVIDIA only."""
        return self.image is not None or vendor is Vendor.NVIDIA

    def issues(self) -> Iterator[Issue]:
        """Check that versions, weights, replicas, host name and volume are consistent."""
        yield from version_issues(self.name, self.versions, has_volume=self.volume is not None)
        yield from weight_issues(self.versions, self.rollout.strategy, self.release, self.exposure)
        yield from self.release.model_issues(self.versions, self.exposure, self.rollout.strategy)
        if self.scaling:
            yield from (issue.below("scaling") for issue in self.release.scaling_issues(self.scaling))
        yield from self._replica_issues()
        if self.volume:
            pods = self.max_replicas * len(self.running)
            issues = self.volume.model_issues(self.size, len(self.versions), pods)
            yield from (issue.below("volume") for issue in issues)
        yield from self._exposure_issues()

    def _exposure_issues(self) -> Iterator[Issue]:
        if "architectures" in self.model_fields_set and self.image is None:
            yield Issue(
                path=("architectures",),
                found="has no effect without image",
                expected="no architectures, as those of the platform's images are known, or an image",
            )
        by_address = self.exposure in (Exposure.NODE_PORT, Exposure.LOAD_BALANCER)
        if by_address and not self.clients:
            yield Issue(
                path=("clients",),
                found=MISSING,
                expected=f"the networks that may call the model, which exposure {self.exposure} opens to the outside",
                hint="such as clients: [192.0.2.0/24]",
            )
        if self.clients and not by_address:
            yield Issue(
                path=("clients",),
                found=f"has no effect with exposure {self.exposure}",
                expected="no clients, or exposure node-port or load-balancer",
            )
        if self.hostname and self.exposure not in (Exposure.INGRESS, Exposure.GATEWAY):
            yield Issue(
                path=("hostname",),
                found=f"has no effect with exposure {self.exposure}",
                expected="no hostname, or exposure ingress or gateway",
            )

    def _replica_issues(self) -> Iterator[Issue]:
        if self.replicas is None and self.scaling is None:
            yield Issue(path=("replicas",), found=MISSING, expected="replicas or scaling")
        if self.replicas is not None and self.scaling is not None:
            yield Issue(
                path=("replicas",),
                found=f"{self.replicas}, in addition to scaling",
                expected="replicas or scaling, not both",
                hint="remove replicas to let the load decide",
            )
