"""The policy pack, running once for all tests of it."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.sandbox.toolchain import go_compiler
from tests.policies import pod_security_module
from tests.policies.pod_security_module import Case

PACK = Path(__file__).parents[2] / "policies"

# The pack runs with its own folder as working directory, so its modules have no package.
sys.path.insert(0, str(PACK))


@pytest.fixture(scope="session")
def pack() -> Path:
    return PACK


@pytest.fixture(scope="session")
def strict(pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Analyzer]:
    """The pack with every default, the strict ones, and what only a stack can name."""
    file = tmp_path_factory.mktemp("strict") / "policy-config.json"
    file.write_text(json.dumps({"rules": {"regions": ["eu-central-1"], "encryptedStorageClasses": ["encrypted"]}}))
    with Analyzer(pack, "inference", "test", file) as analyzer:
        yield analyzer


@pytest.fixture
def configured(pack: Path, tmp_path: Path) -> Iterator[Callable[[dict[str, Any]], Analyzer]]:
    """Start the pack with a configuration; it is stopped after the test."""
    running: list[Analyzer] = []

    def start(configuration: dict[str, Any]) -> Analyzer:
        file = tmp_path / "policy-config.json"
        file.write_text(json.dumps(configuration))
        analyzer = Analyzer(pack, "inference", "test", file)
        running.append(analyzer.__enter__())
        return analyzer

    yield start
    for analyzer in running:
        analyzer.__exit__(None, None, None)


@pytest.fixture(scope="session")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    go = go_compiler.find(tmp_path_factory.mktemp("go"), pod_security_module.PINNED, print)
    return pod_security_module.download(go)


@pytest.fixture(params=["baseline", "restricted"])
def cases(request: pytest.FixtureRequest, module: Path) -> list[Case]:
    return list(pod_security_module.cases(module, request.param))
