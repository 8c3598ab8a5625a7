"""A store of a test's own, as a process on this machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from inferencectl.sandbox.live.model_registry import ModelRegistry
from inferencectl.sandbox.live.signing_keys import SigningKeys
from inferencectl.sandbox.live.store import Store
from inferencectl.sandbox.live.store_files import StoreFiles
from inferencectl.sandbox.live.store_manifests import HOST
from inferencectl.sandbox.live.store_process import StoreProcess

ROOT = Path(__file__).parents[4]


def silent(_message: str) -> None:
    """Progress that nobody watches."""


@pytest.fixture
def store_process(store_program: Path, tmp_path: Path) -> Iterator[StoreProcess]:
    files = StoreFiles(tmp_path / "store")
    files.ensure([HOST])
    process = StoreProcess(directory=tmp_path / "sandbox", files=files)
    try:
        yield process
    finally:
        process.stop()


@pytest.fixture
def registry(store: Store, tmp_path: Path) -> ModelRegistry:
    return ModelRegistry(root=ROOT, store=store, keys=SigningKeys.ensured(tmp_path / "keys"))


@pytest.fixture
def store(store_process: StoreProcess) -> Store:
    return store_process.ensure(silent)
