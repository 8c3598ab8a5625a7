"""Trained versions in the registry: published as they were written, promoted, verified."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.registry.models import Bench, Keys
from tests.s3_server import S3Server
from tests.training.trained import PATIENT, SHORT, Training

pytestmark = PATIENT

ROOT = Path(__file__).parents[2]

Registry = Callable[..., str]


@pytest.fixture
def registry(s3_server: S3Server, tmp_path: Path) -> Registry:
    """Run a command of the registry's own command line on a registry of the test's own."""
    bench = Bench.made(s3_server, Keys.made_in(tmp_path / "keys"), tmp_path)
    environment = {
        **os.environ,
        "REGISTRY_URL": bench.url,
        "AWS_ENDPOINT_URL_S3": s3_server.url,
        "REGISTRY_PRIVATE_KEY": str(bench.keys.private),
        "REGISTRY_PUBLIC_KEY": str(bench.keys.public),
        "REGISTRY_USER": "data-science",
    }

    def done(*arguments: str | Path) -> str:
        command = [sys.executable, "-m", "registry", *map(str, arguments)]
        ran = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    return done


def test_two_trained_versions_are_published_and_one_is_promoted(
    registry: Registry, plain: Training, train: Callable[..., Training], tmp_path: Path
) -> None:
    for training in (train(*SHORT, "--seed", "1"), plain):
        registry("publish", "digits", training.output / "1", "--description", training.output / "1.yaml")
    registry("promote", "digits@2", "stable")
    assert registry("verify", "digits@stable") == "verified digits version 2\n"
    versions = {each["version"]: each for each in json.loads(registry("list", "digits", "--json"))}
    described = json.loads((plain.output / "1.yaml").read_text(encoding="utf-8"))
    assert versions[2]["metrics"] == described["metrics"]
    assert versions[1]["metrics"]["accuracy"] < versions[2]["metrics"]["accuracy"]
    registry("fetch", "digits@stable", tmp_path / "fetched")
    for file in ("saved_model.pb", "assets.extra/tf_serving_warmup_requests", "assets.extra/verification.json"):
        assert (tmp_path / "fetched" / file).read_bytes() == (plain.output / "1" / file).read_bytes()


def test_variants_are_versions_with_metrics_of_their_own(registry: Registry, plain: Training) -> None:
    for variant in ("1-tflite-float", "1-tflite-int8"):
        registry("publish", "digits-lite", plain.output / variant, "--description", plain.output / f"{variant}.yaml")
    exact, int8 = (json.loads(registry("show", f"digits-lite@{number}", "--json")) for number in (1, 2))
    assert exact["framework"].endswith(", tflite-float")
    assert int8["framework"].endswith(", tflite-int8")
    assert int8["metrics"]["sizeBytes"] < exact["metrics"]["sizeBytes"]
