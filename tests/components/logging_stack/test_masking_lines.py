"""Which lines the collector masks, and by which rules."""

from typing import Any

import yaml

from components.logging_stack.manifests.collector import config_map
from components.logging_stack.manifests.pipeline import RULES_NAME
from privacy.masking import COLLECTOR_FILES
from privacy.masking.rules import RULES_FILE
from settings.cluster.log_masking import LogMasking
from tests.components.logging_stack.kept_logs import args_of, logging
from tests.components.logging_stack.test_pipeline import chosen, configured


def masks(pod: str, namespace: str, **masking: Any) -> bool:
    (filters,) = (each.inside for each in configured(masking=masking) if each.argument == "@LOGS")
    (mask,) = (each for each in filters if each.plugin == "personal_data")
    return mask.argument == "**" or chosen(mask, pod, namespace)


def test_lines_of_the_models_are_masked_and_of_all_containers_where_that_is_set() -> None:
    assert masks("iris-v1-6d4f-abcde", "models")
    assert not masks("iris-v1-6d4f-abcde", "shop")
    assert masks("iris-v1-6d4f-abcde", "shop", allContainers=True)


def test_the_collector_has_the_rules_that_its_settings_choose() -> None:
    of = logging(masking={"patterns": ["email"], "fields": ["Member No."]})
    configuration: Any = config_map("logs", args_of(of)).data
    rules = yaml.safe_load(configuration[RULES_NAME])
    assert [each["name"] for each in rules["patterns"] if "mask" in each] == ["email"]
    assert {"memberno", "birthdate"} <= set(rules["fields"]["names"])
    assert set(configuration) == {"fluent.conf", RULES_NAME, *(each.name for each in COLLECTOR_FILES)}


def test_a_stack_masks_all_that_is_known_by_default() -> None:
    known = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    assert list(LogMasking().patterns) == [each["name"] for each in known["patterns"] if "mask" in each]
    configuration: Any = config_map("logs", args_of(logging())).data
    assert yaml.safe_load(configuration[RULES_NAME]) == {
        **known,
        "fields": {**known["fields"], "names": sorted(known["fields"]["names"])},
    }
