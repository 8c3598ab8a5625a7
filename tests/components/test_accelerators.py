"""The data of the accelerators, against what their vendors document."""

import pytest

from settings.gpu.accelerators import ACCELERATORS, Vendor
from settings.gpu.devices import offers
from settings.gpu.sharing import Sharing, SharingStrategy

# "Number of Instances Available" in NVIDIA's MIG user guide, for each profile in the guide's order.
INSTANCES = [7, 4, 3, 2, 1, 1]
WITH_MIG = {"a100-40gb": 40, "a100-80gb": 80, "h100": 80, "h200": 141, "b200": 180}


@pytest.mark.parametrize("name", WITH_MIG)
def test_as_many_instances_of_a_profile_as_the_user_guide_says(name: str) -> None:
    profiles = list(ACCELERATORS[name].mig.values())
    assert [profile.instances for profile in profiles] == INSTANCES
    assert [profile.compute_slices for profile in profiles] == [int(profile.name[0]) for profile in profiles]


@pytest.mark.parametrize("name", WITH_MIG)
def test_the_memory_of_a_profile_is_its_part_of_the_card(name: str) -> None:
    card = ACCELERATORS[name]
    assert card.memory_gib == WITH_MIG[name]
    for profile in card.mig.values():
        # Names round to whole gigabytes, after the driver has taken what it needs.
        assert profile.memory_gib == pytest.approx(card.memory_gib * profile.memory_slices / 8, rel=0.05)


def test_only_these_cards_have_mig() -> None:
    assert {name for name, card in ACCELERATORS.items() if card.mig} == set(WITH_MIG)
    assert all(card.vendor is Vendor.NVIDIA for card in ACCELERATORS.values() if card.mig)


@pytest.mark.parametrize(
    ("sharing", "resources"),
    [
        (Sharing(), ["nvidia.com/gpu"]),
        (Sharing(strategy=SharingStrategy.TIME_SLICING, replicas=2), ["nvidia.com/gpu.shared"]),
        (Sharing(strategy=SharingStrategy.MPS, replicas=2), ["nvidia.com/gpu.shared"]),
        (Sharing(strategy=SharingStrategy.MIG_SINGLE, profiles={"1g.10gb": 7}), ["nvidia.com/gpu"]),
        (
            Sharing(strategy=SharingStrategy.MIG_MIXED, profiles={"3g.40gb": 1, "1g.10gb": 4}),
            ["nvidia.com/mig-3g.40gb", "nvidia.com/mig-1g.10gb"],
        ),
    ],
    ids=lambda value: value.strategy if isinstance(value, Sharing) else None,
)
def test_what_a_card_is_offered_as(sharing: Sharing, resources: list[str]) -> None:
    made = offers(ACCELERATORS["h100"], sharing)
    assert [offer.resource for offer in made] == resources
    assert sum(offer.card_part * offer.per_card for offer in made) == 1


@pytest.mark.parametrize(
    ("name", "resource"), [("mi210", "amd.com/gpu"), ("gaudi2", "habana.ai/gaudi"), ("t4", "nvidia.com/gpu")]
)
def test_each_vendor_has_its_own_resource(name: str, resource: str) -> None:
    (offer,) = offers(ACCELERATORS[name], Sharing())
    assert (offer.resource, offer.is_whole, offer.memory_gib) == (resource, True, ACCELERATORS[name].memory_gib)
