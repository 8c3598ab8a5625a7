"""What requests call a model: which names there are, and which two models may not share."""

from collections.abc import Mapping
from typing import Any

import pytest

from settings import load
from tests.settings.settings_stack import IRIS, MNIST, RECOMMENDER, edited, problems

FORM = "expected letters, digits, '_', '-' and '.', a letter or digit first, at most 100 characters"
TRITON: Mapping[str, Any] = {
    "models.0.runtime": "triton",
    "models.0.triton": {"backend": "onnxruntime"},
    **{f"models.0.versions.{index}.labels": [] for index in (0, 1)},
}
INGRESS: Mapping[str, Any] = {"namespace": "ingress", "hostname": "models.dev.example"}


@pytest.mark.parametrize("name", ["half_plus_two", "ResNet-50.v2", "1", "Bert__Large", "a" * 100, "mnist"])
def test_a_name_that_kubernetes_would_refuse(name: str) -> None:
    model = load("dev", edited({"models.0.servedName": name})).models[0]
    assert (model.name, model.name_in_requests) == ("mnist", name)


def test_without_it_requests_use_the_models_name() -> None:
    assert [each.name_in_requests for each in load("dev", edited({})).models] == ["mnist", "iris", "recommender"]


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("half plus two", "half_plus_two"),
        ("team/model", "team_model"),
        ("../etc", "etc"),
        (".hidden", "hidden"),
        ("a:predict", "a_predict"),
        ("a,b=c", "a_b_c"),
        ("a*", "a_"),
        ("{*}", ""),
        ("모델", ""),
        ("", ""),
        ("a\n", "a"),
        ("a%2Fb", "a_2Fb"),
        ("a" * 101, ""),
    ],
)
def test_one_that_no_path_or_folder_could_have_as_it_is_written(name: str, suggested: str) -> None:
    (problem,) = problems({"models.0.servedName": name})
    hint = f"; did you mean '{suggested}'?" if suggested else ""
    assert problem.startswith(f"{MNIST}.servedName: ")
    assert problem.endswith(f"; {FORM}{hint}")


def test_triton_takes_no_name_that_could_lead_out_of_its_folder() -> None:
    load("dev", edited({"models.0.servedName": "a..b"}))
    assert problems({**TRITON, "models.0.servedName": "a..b"}) == [
        (
            f"{MNIST}.servedName: 'a..b'; expected a name without '..', which runtime triton takes for a way out of "
            "its folder"
        )
    ]


def of_ingress(index: int, **fields: Any) -> dict[str, Any]:
    shared = {"exposure": "ingress", "hostname": "shared.example", "stateful": False, **fields}
    return {f"models.{index}.{key}": value for key, value in shared.items()} | {"ingress": INGRESS}


def test_two_models_of_a_host_name_are_not_called_the_same() -> None:
    expected = "expected another name in requests for each model of a host name, whose paths differ in nothing else"
    assert problems({**of_ingress(1, servedName="Ranking"), **of_ingress(2, servedName="Ranking")}) == [
        f"{path}.servedName: 'Ranking' at 'shared.example', also that of '{other}'; {expected}"
        for path, other in ((IRIS, "recommender"), (RECOMMENDER, "iris"))
    ]
    found = problems({**of_ingress(1), **of_ingress(2, servedName="iris")})
    assert [line.partition(",")[0] for line in found] == [
        f"{path}.servedName: 'iris' at 'shared.example'" for path in (IRIS, RECOMMENDER)
    ]


def test_at_another_host_name_or_by_another_protocol_they_are() -> None:
    load("dev", edited({**of_ingress(1, servedName="Ranking"), **of_ingress(2, servedName="ranking")}))
    load("dev", edited({f"models.{index}.servedName": "Ranking" for index in (0, 1, 2)}))
    triton = {"runtime": "triton", "triton": {"backend": "onnxruntime"}}
    load("dev", edited({**of_ingress(1, servedName="Ranking"), **of_ingress(2, servedName="Ranking", **triton)}))
