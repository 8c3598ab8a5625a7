"""Predictions of two people who do not exist, as they are kept: masked, with digests."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from privacy.digests import KeyRing, Purpose
from privacy.masking import Masker, load_rules
from privacy.subjects.api import StoreApi
from privacy.subjects.subject import Fields

ANNA, BOB = "anna@shop.example", "bob@shop.example"
INDEX = "predictions-2026.11"
FIELDS = Fields(digest="subject")
NUMBERS = {ANNA: 3, BOB: 2}
_REPOSITORY = "demo"


def prepare(api: StoreApi) -> None:
    """The index, which has the fields that people are found by as keywords."""
    names = ("subject", "model", "inputDigest", "outputDigest")
    # Of models that are asked in different ways, an input fits no common mapping.
    properties = {**{name: {"type": "keyword"} for name in names}, "input": {"type": "object", "enabled": False}}
    settings = {"number_of_replicas": 0}
    api.call("PUT", INDEX, {"mappings": {"properties": properties}, "settings": settings})


def write_predictions(api: StoreApi, ring: KeyRing) -> Mapping[str, Any]:
    """Write all predictions; the first of them as it is kept."""
    kept = [_kept(ring, person, number) for person, count in NUMBERS.items() for number in range(count)]
    for number, record in enumerate(kept):
        api.call("PUT", f"{INDEX}/_doc/{number}?refresh=true", record)
    return kept[0]


def snapshot_of(api: StoreApi, folder: Path) -> str:
    """Take a snapshot of the index; its repository and name."""
    settings = {"type": "fs", "settings": {"location": str(folder / _REPOSITORY)}}
    api.call("PUT", f"_snapshot/{_REPOSITORY}", settings)
    body = {"indices": INDEX, "include_global_state": False}
    api.call("PUT", f"_snapshot/{_REPOSITORY}/nightly?wait_for_completion=true", body)
    return f"{_REPOSITORY}/nightly"


def _kept(ring: KeyRing, person: str, number: int) -> Mapping[str, Any]:
    asked = {"note": f"call +49 30 1234567 about order {number}", "email": person, "basket": [number, 12.5]}
    answered = {"class": number % 2, "confidence": 0.9}
    return {
        "model": "recommender",
        "version": 3,
        "subject": ring.subject(person),
        "input": Masker(load_rules()).mask(asked),
        "inputDigest": ring.digest(Purpose.INPUT, asked),
        "outputDigest": ring.digest(Purpose.OUTPUT, answered),
    }
