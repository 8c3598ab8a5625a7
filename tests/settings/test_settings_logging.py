"""Logs that cannot be kept as they are set: named before anything is deployed, all at once."""

from collections.abc import Mapping
from typing import Any

import pytest

from settings import load
from tests.components.logging_stack.kept_logs import EVERYTHING, IMAGES, INSTALLATION, LOGGING
from tests.settings.settings_stack import DELETED, edited, problems

AT = ".logging"
TOOLS = f"registry.example/tools:1@sha256:{'7' * 64}"
IMAGE = {"images": {"tools": TOOLS}}
PERSONAL = {"data": {"class": "personal", "residency": "eu-central-1"}}


def logged(**fields: Any) -> dict[str, Any]:
    given = {key: value for key, value in {**LOGGING, **fields}.items() if value is not DELETED}
    return {**IMAGE, "logging": given}


def tagged(**tags: str) -> dict[str, Any]:
    return logged(
        images={key: image.replace(":8.19.0@", f":{tags.get(key, '8.19.0')}@") for key, image in IMAGES.items()}
    )


@pytest.mark.parametrize("fields", [{}, EVERYTHING], ids=["defaults", "everything set"])
@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_what_can_be_kept(fields: Mapping[str, Any], stack: str) -> None:
    assert load(stack, edited(logged(**fields), stack)).logging


def test_an_operator_that_is_there_needs_no_installation() -> None:
    found = load("dev", edited(logged(installation=DELETED, operatorPresent=True))).logging
    assert found
    assert found.installation is None


def test_nothing_is_kept_by_default() -> None:
    assert load("dev", edited({})).logging is None


CASES: Mapping[str, tuple[dict[str, Any], str]] = {
    "no operator": (
        logged(installation=DELETED),
        (
            f"{AT}.installation: missing, and operatorPresent is false; expected an installation of the operator, or "
            "operatorPresent: true if the cluster has it"
        ),
    ),
    "two operators": (logged(operatorPresent=True), f"{AT}.operatorPresent: true, with an installation; expected one"),
    "an old chart": (
        logged(installation={**INSTALLATION, "version": "3.3.0"}),
        f'{AT}.installation.version: "3.3.0", whose values are not known to be those that the stack gives',
    ),
    "an unknown pattern": (
        logged(masking={"patterns": ["e-mail"]}),
        f'{AT}.masking.patterns[0]: "e-mail"; expected',
    ),
    "a pattern twice": (
        logged(masking={"patterns": ["iban", "iban"]}),
        f'{AT}.masking.patterns: "iban" 2 times; expected each one once',
    ),
    "a field twice": (
        logged(masking={"fields": ["memberNo", "member_no"]}),
        f'{AT}.masking.fields: "memberno" 2 times; expected each one once',
    ),
    "a field without a letter": (
        logged(masking={"fields": ["--"]}),
        f'{AT}.masking.fields[0]: "--"; expected the name of a field',
    ),
    "no networks": (logged(cidrs=[]), f"{AT}.cidrs: an empty list; expected at least one entry"),
    "no networks for the operator": (
        logged(installation={key: value for key, value in INSTALLATION.items() if key != "cidrs"}),
        (
            f"{AT}.installation.cidrs: missing; expected networks of the API server, which the operator asks. Network "
            "plug-ins that look before the address of a Service is replaced need"
        ),
    ),
    "every address": (logged(cidrs=["0.0.0.0/0"]), f'{AT}.cidrs[0]: "0.0.0.0/0"; expected a network no wider than /8'),
    "one namespace for both": (
        logged(operatorNamespace="logging"),
        f'{AT}.operatorNamespace: "logging", the namespace of the logs; expected a namespace of its own',
    ),
    "the models' namespace": (
        {**logged(namespace="records"), "namespace": "records"},
        f"{AT}.namespace: 'records', also a namespace of the models; expected a namespace of its own",
    ),
    "the operator in the cluster's": (
        logged(operatorNamespace="kube-system"),
        f"{AT}.operatorNamespace: 'kube-system', also a namespace of the cluster; expected a namespace of its own",
    ),
    "another version": (
        tagged(elasticsearch="9.1.0"),
        f'{AT}.images.elasticsearch: "docker.elastic.co/elasticsearch/elasticsearch:9.1.0@…no version of 8',
    ),
    "no version": (
        tagged(kibana="latest"),
        f'{AT}.images.kibana: "docker.elastic.co/kibana/kibana:latest@…no version of 8',
    ),
    "two versions": (
        tagged(kibana="8.18.0"),
        f'{AT}.images.kibana: "docker.elastic.co/kibana/kibana:8.18.0@…; expected the version of Elasticsearch, 8.19.0',
    ),
    "moved after they are gone": (
        logged(retentionDays=10, warm={"volume": "1Ti", "afterDays": 10}),
        f"{AT}.warm.afterDays: 10, and logs are deleted after 10; expected fewer days than retentionDays",
    ),
    "no size": (logged(hot={}), f"{AT}.hot.volume: missing"),
    "for ever": (logged(retentionDays=5000), f"{AT}.retentionDays: 5000; expected at most 3650"),
    "too short for personal data": (
        {**logged(retentionDays=179), **PERSONAL},
        f"{AT}.retentionDays: 179, and model 'recommender' has personal data; expected at least 180",
    ),
    "too long for personal data": (
        {**logged(retentionDays=731), **PERSONAL},
        f"{AT}.retentionDays: 731, and model 'recommender' has personal data; expected at most 730",
    ),
    "nothing to put templates with": (
        {**logged(), "images": {}},
        ".images.tools: missing; expected the image that keeps Elasticsearch's templates, because logging is set",
    ),
}


@pytest.mark.parametrize(("edits", "problem"), CASES.values(), ids=CASES)
def test_what_cannot_be_kept(edits: dict[str, Any], problem: str) -> None:
    (found,) = problems(edits)
    begins, _, says = problem.partition("…")
    assert found.startswith(begins)
    assert says in found


PROD_CASES: Mapping[str, tuple[dict[str, Any], str]] = {
    "too short": (logged(retentionDays=30), f"{AT}.retentionDays: 30, and "),
    "no majority": (
        logged(hot={"volume": "1Ti", "replicas": 2}),
        f"{AT}.hot.replicas: 2; expected at least 3 in prod: two of them elect a leader without the third",
    ),
    "one copy": (
        logged(warm={"volume": "1Ti", "replicas": 1}),
        f"{AT}.warm.replicas: 1; expected at least 2 in prod: each record is on two",
    ),
}


@pytest.mark.parametrize(("edits", "problem"), PROD_CASES.values(), ids=PROD_CASES)
def test_what_cannot_be_kept_in_prod(edits: dict[str, Any], problem: str) -> None:
    (found,) = problems(edits, "prod")
    assert found.startswith(problem)


def test_a_laptop_keeps_public_logs_for_as_long_as_it_likes() -> None:
    assert load("dev", edited(logged(retentionDays=7))).logging
