"""Sharing of a pool's cards between pods."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from settings.gpu.accelerators import MIG_COMPUTE_SLICES, MIG_MEMORY_SLICES, MPS_CLIENTS, Accelerator
from settings.validation.issues import MISSING, Issue
from settings.validation.section import Count, Section, WholeNumber
from settings.validation.words import did_you_mean, listed


class SharingStrategy(StrEnum):
    """Whether a card is one device or several."""

    NONE = "none"
    TIME_SLICING = "time-slicing"
    MPS = "mps"
    MIG_SINGLE = "mig-single"
    MIG_MIXED = "mig-mixed"


REPLICATING = (SharingStrategy.TIME_SLICING, SharingStrategy.MPS)
PARTITIONING = (SharingStrategy.MIG_SINGLE, SharingStrategy.MIG_MIXED)


class Sharing(Section):
    """Sharing of cards. All cards of a pool are shared in the same way."""

    strategy: SharingStrategy = SharingStrategy.NONE
    """`time-slicing` alternates without isolation; `mps` runs concurrently with memory limits; `mig-single` and
    `mig-mixed` partition the card into devices with dedicated memory and compute units, of one or several profiles."""
    replicas: Annotated[WholeNumber, Field(ge=2, le=100)] | None = None
    """Pods per card; `time-slicing` and `mps` only."""
    profiles: Mapping[str, Count] = Field(default_factory=lambda: MappingProxyType({}))
    """Number of instances of each MIG profile on a card, such as `{3g.20gb: 1, 2g.10gb: 2}`."""

    def issues(self) -> Iterator[Issue]:
        """Check that everything the strategy requires is set, and nothing that has no effect with it."""
        yield from self._replica_issues()
        yield from self._profile_issues()

    def _replica_issues(self) -> Iterator[Issue]:
        if self.strategy in REPLICATING and self.replicas is None:
            yield Issue(path=("replicas",), found=MISSING, expected=f"the number of pods per card for {self.strategy}")
        if self.strategy not in REPLICATING and self.replicas is not None:
            yield Issue(
                path=("replicas",),
                found=f"has no effect with strategy {self.strategy}",
                expected=f"no replicas, or strategy {listed(REPLICATING)}",
            )
        if self.strategy is SharingStrategy.MPS and (self.replicas or 0) > MPS_CLIENTS:
            yield Issue(
                path=("replicas",), found=str(self.replicas), expected=f"at most {MPS_CLIENTS}, the clients of one card"
            )

    def _profile_issues(self) -> Iterator[Issue]:
        if self.strategy in PARTITIONING and not self.profiles:
            yield Issue(path=("profiles",), found=MISSING, expected="how a card is partitioned, such as {1g.5gb: 7}")
        if self.strategy not in PARTITIONING and self.profiles:
            reason = (
                "MPS does not run on MIG devices" if self.strategy is SharingStrategy.MPS else "profiles belong to MIG"
            )
            yield Issue(
                path=("profiles",),
                found=f"MIG profiles with strategy {self.strategy}",
                expected=f"no profiles, or strategy {listed(PARTITIONING)}",
                hint=reason,
            )
        if self.strategy is SharingStrategy.MIG_SINGLE and len(self.profiles) > 1:
            yield Issue(
                path=("profiles",),
                found=f"{len(self.profiles)} profiles with strategy mig-single",
                expected="one profile",
                hint="mig-mixed allows several",
            )

    def card_issues(self, name: str, card: Accelerator) -> Iterator[Issue]:
        """Check that the accelerator ``name`` can be shared in this way."""
        if self.strategy in REPLICATING and not card.replicable:
            yield Issue(
                path=("strategy",),
                found=f"{self.strategy} with {name}",
                expected="none: only NVIDIA cards can be shared this way",
            )
        if self.strategy in PARTITIONING:
            yield from self._mig_issues(name, card)

    def _mig_issues(self, name: str, card: Accelerator) -> Iterator[Issue]:
        if not card.mig:
            yield Issue(
                path=("strategy",),
                found=f"{self.strategy} with {name}, which does not support MIG",
                expected=f"another strategy: {listed(s for s in SharingStrategy if s not in PARTITIONING)}",
            )
            return
        unknown = [profile for profile in self.profiles if profile not in card.mig]
        for profile in unknown:
            yield Issue(
                path=("profiles", profile),
                found=f"not a profile of {name}",
                expected=listed(card.mig),
                hint=did_you_mean(profile, card.mig),
            )
        if not unknown:
            yield from self._geometry_issues(name, card)

    def _geometry_issues(self, name: str, card: Accelerator) -> Iterator[Issue]:
        """Slices are aligned to powers of two, so anything that does not exceed the card also fits on it."""
        compute = sum(card.mig[profile].compute_slices * count for profile, count in self.profiles.items())
        memory = sum(card.mig[profile].memory_slices * count for profile, count in self.profiles.items())
        if compute > MIG_COMPUTE_SLICES or memory > MIG_MEMORY_SLICES:
            wanted = " + ".join(f"{count} x {profile}" for profile, count in self.profiles.items())
            yield Issue(
                path=("profiles",),
                found=f"{wanted} = {compute} compute and {memory} memory slices",
                expected=f"at most {MIG_COMPUTE_SLICES} and {MIG_MEMORY_SLICES}, what a card of {name} has",
            )
