"""Callers that cannot be, or that are somebody else as well: named before anything is deployed."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.settings.meshed_stack import PARTNER, SHOP, meshed, of_mesh
from tests.settings.settings_stack import IRIS, MNIST, RECOMMENDER, problems

CASES = {
    "a caller that proves nothing": (
        of_mesh(callers=[SHOP, {"name": "anybody"}]),
        [
            (
                ".mesh.callers[1] (anybody).namespace: missing; expected namespace, issuer or "
                "both: whoever proves nothing "
                "cannot be told from others"
            )
        ],
    ),
    "an account without its namespace": (
        of_mesh(callers=[SHOP, {**PARTNER, "serviceAccount": "a"}]),
        [".mesh.callers[1] (partner).namespace: missing; expected the namespace that serviceAccount belongs to"],
    ),
    "an unknown issuer, and a name twice": (
        of_mesh(callers=[SHOP, SHOP, {"name": "partner", "issuer": "lgin"}]),
        [
            ".mesh.callers: name 'shop', 2 times; expected each name once",
            ".mesh.callers[2] (partner).issuer: \"lgin\"; expected the name of an issuer: login; did you mean 'login'?",
        ],
    ),
    "callers that are not there, or cannot call": (
        meshed({"models.0.mesh": {"callers": ["shp"]}, "models.1.mesh": {"callers": ["partner", "shop", "shop"]}}),
        [
            f"{MNIST}.mesh.callers[0]: \"shp\"; expected the name of a caller: shop or partner; did you mean 'shop'?",
            (
                f'{IRIS}.mesh.callers[0]: "partner", which calls from outside, with exposure '
                "cluster-ip; expected a caller "
                "with a namespace, or exposure gateway or ingress"
            ),
            f'{IRIS}.mesh.callers[2]: "shop", again; expected each caller once',
        ],
    ),
    "a model that nobody may call": (
        meshed({"models.1.mesh": {}}),
        [
            (
                f"{IRIS}.mesh.callers: missing; expected at least one caller, as the mesh lets "
                "nobody else in; name some of "
                "mesh.callers: shop or partner"
            )
        ],
    ),
    "a mesh of which nothing else is said": (
        {"mesh": {"profile": "istio"}},
        [
            (
                f"{model}.mesh.callers: missing; expected at least one caller, as the mesh lets nobody else in; "
                "declare it in mesh.callers"
            )
            for model in (IRIS, RECOMMENDER)
        ],
    ),
    "subjects that Istio reads as others": (
        of_mesh(callers=[SHOP, {**PARTNER, "subjects": ["repo:shop/frontend", "*", "auth0|1"]}]),
        [
            (
                f'.mesh.callers[1] (partner).subjects[{index}]: "{subject}"; expected the claim `sub` of a token, '
                "without spaces and '*', and without '/', which the mesh splits principals at"
            )
            for index, subject in enumerate(("repo:shop/frontend", "*"))
        ],
    ),
    "callers that are the gateway as well": (
        {
            **meshed({"models.0.mesh": {"callers": ["any", "public", "other"]}, "models.1.mesh": {"callers": ["any"]}}),
            "mesh": {
                "profile": "istio",
                "callers": [
                    SHOP,
                    {"name": "any", "namespace": "gateway"},
                    {"name": "public", "namespace": "gateway", "serviceAccount": "public-istio"},
                    {"name": "other", "namespace": "gateway", "serviceAccount": "other"},
                ],
            },
        },
        [
            (
                f'{MNIST}.mesh.callers[{index}]: "{name}", with {account} in namespace gateway, which requests from '
                "outside come from as well; expected a serviceAccount other than the entrance's: everybody outside "
                "would get in as this caller"
            )
            for index, name, account in (
                (0, "any", "no serviceAccount"),
                (1, "public", "serviceAccount public-istio"),
            )
        ],
    ),
    "a caller that is the Ingress controller as well": (
        {
            **of_mesh(
                ingressServiceAccount="controller",
                callers=[SHOP, {"name": "own", "namespace": "ingress", "serviceAccount": "controller"}],
            ),
            "models.1.exposure": "ingress",
            "models.1.mesh": {"callers": ["own"]},
            "ingress": {"namespace": "ingress", "hostname": "models.dev.example"},
        },
        [
            (
                f'{IRIS}.mesh.callers[0]: "own", with serviceAccount controller in namespace ingress, which requests '
                "from outside come from as well; expected a serviceAccount other than the entrance's: everybody "
                "outside would get in as this caller"
            )
        ],
    ),
}


@pytest.mark.parametrize(("edits", "expected"), CASES.values(), ids=CASES)
def test_a_finding_names_what_to_change(edits: Mapping[str, Any], expected: list[str]) -> None:
    assert sorted(problems(edits)) == sorted(expected)
