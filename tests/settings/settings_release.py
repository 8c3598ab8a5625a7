"""The model mnist of the dev stack with a release strategy: loaded, or refused and why."""

from settings import Model, load
from tests.settings.settings_stack import MNIST, edited, problems

HEADER = {"strategy": "header", "candidate": 2, "header": {"name": "x-release", "value": "canary"}}
MIRROR = {"strategy": "mirror", "candidate": 2, "percent": 10}
BLUE_GREEN = {"strategy": "blue-green"}
PROGRESSIVE = {"strategy": "progressive", "candidate": 2}
BY_COOKIE = {"strategy": "weights", "sticky": {"cookie": "release"}}
BY_HEADER = {"strategy": "weights", "sticky": {"header": "x-version"}}


def versions(*weights: int) -> list[dict[str, object]]:
    return [
        {"version": number, "storage": f"s3://models/mnist/{number}", "sha256": "ab" * 32, "weight": weight}
        for number, weight in enumerate(weights, 1)
    ]


def edits(release: object, weights: tuple[int, ...] = (100, 0), **fields: object) -> dict[str, object]:
    """The model mnist, which is behind the gateway, with a release strategy."""
    return {"models.0.versions": versions(*weights), "models.0.release": release} | {
        f"models.0.{key}": value for key, value in fields.items()
    }


def loaded(release: object, weights: tuple[int, ...] = (100, 0), **fields: object) -> Model:
    return load("dev", edited(edits(release, weights, **fields))).models[0]


def refused(release: object, weights: tuple[int, ...] = (100, 0), **fields: object) -> list[str]:
    return [line.removeprefix(MNIST) for line in problems(edits(release, weights, **fields))]
