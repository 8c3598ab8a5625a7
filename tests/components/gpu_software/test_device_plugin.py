"""The files that NVIDIA's device plug-in and MIG manager read, against their documented forms."""

import jsonschema
import pytest

from components.device_plugin import WHOLE_CARDS, mig_configurations, node_labels, plugin_configurations
from tests.components.pools import POOLS, existing, karpenter, machines

from tests.components.pools import MIG_MIXED, MIG_SINGLE, MPS, TIME_SLICING  # isort: skip

# From the plug-in's README and api/config/v1. Under MPS more than one is refused always, and the field is not known.
_REPLICATED = {
    "type": "object",
    "additionalProperties": False,
    "required": ["resources"],
    "properties": {
        "renameByDefault": {"type": "boolean"},
        "resources": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "replicas"],
                "properties": {
                    "name": {"pattern": r"^nvidia\.com/(gpu|mig-\d+g\.\d+gb)$"},
                    "replicas": {"type": "integer", "minimum": 2},
                },
            },
        },
    },
}
_SLICED = {
    **_REPLICATED,
    "properties": {**_REPLICATED["properties"], "failRequestsGreaterThanOne": {"type": "boolean"}},
}
PLUGIN_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["version"],
    "properties": {
        "version": {"const": "v1"},
        "flags": {"properties": {"migStrategy": {"enum": ["none", "single", "mixed"]}}, "additionalProperties": False},
        "sharing": {
            "type": "object",
            "additionalProperties": False,
            "maxProperties": 1,
            "properties": {"timeSlicing": _SLICED, "mps": _REPLICATED},
        },
    },
}


@pytest.mark.parametrize("kind", POOLS)
def test_every_configuration_has_the_documented_form(kind: str) -> None:
    for configuration in plugin_configurations([POOLS[kind]]).values():
        jsonschema.validate(configuration, PLUGIN_SCHEMA)


def test_a_configuration_of_another_form_is_found() -> None:
    wrong = plugin_configurations([karpenter(sharing=MPS)])["pool"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**wrong, "sharing": {**wrong["sharing"], "timeSlicing": {"resources": []}}}, PLUGIN_SCHEMA)


def test_time_slicing_renames_and_refuses_more_than_one() -> None:
    assert plugin_configurations([karpenter(sharing=TIME_SLICING)])["pool"]["sharing"] == {
        "timeSlicing": {
            "renameByDefault": True,
            "failRequestsGreaterThanOne": True,
            "resources": [{"name": "nvidia.com/gpu", "replicas": 4}],
        }
    }


def test_mps_is_neither_time_slicing_nor_mig() -> None:
    configuration = plugin_configurations([existing(sharing=MPS)])["pool"]
    assert configuration["sharing"] == {
        "mps": {"renameByDefault": True, "resources": [{"name": "nvidia.com/gpu", "replicas": 8}]}
    }
    assert configuration["flags"]["migStrategy"] == "none"


def test_mig_has_a_strategy_and_a_cut_of_the_card() -> None:
    single, mixed = machines(name="single", sharing=MIG_SINGLE), karpenter(name="mixed", sharing=MIG_MIXED)
    configurations = plugin_configurations([single, mixed])
    strategies = {name: configuration["flags"]["migStrategy"] for name, configuration in configurations.items()}
    assert strategies == {WHOLE_CARDS: "none", "single": "single", "mixed": "mixed"}
    assert not any("sharing" in configuration for configuration in configurations.values())
    assert mig_configurations([single, mixed, karpenter()]) == {
        "version": "v1",
        "mig-configs": {
            "all-disabled": [{"devices": "all", "mig-enabled": False}],
            "single": [{"devices": "all", "mig-enabled": True, "mig-devices": {"1g.10gb": 7}}],
            "mixed": [
                {"devices": "all", "mig-enabled": True, "mig-devices": {"3g.20gb": 1, "2g.10gb": 1, "1g.5gb": 2}}
            ],
        },
    }


def test_a_node_names_its_configurations() -> None:
    for pool in POOLS.values():
        named = node_labels(pool)
        assert (named.get("nvidia.com/device-plugin.config") in plugin_configurations([pool])) is bool(named)
        assert (named.get("nvidia.com/mig.config") in mig_configurations([pool])["mig-configs"]) is bool(
            pool.sharing.profiles
        )
    assert node_labels(karpenter()) == {}
