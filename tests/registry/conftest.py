"""One key pair for all tests of the registry; a registry of its own for each."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from registry.cli import main
from tests.registry.models import DESCRIPTION, Bench, Keys, written
from tests.registry.running import Finished, known
from tests.s3_server import S3Server


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys.made_in(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def bench(s3_server: S3Server, keys: Keys, tmp_path: Path) -> Iterator[Bench]:
    yield Bench.made(s3_server, keys, written(tmp_path / "model"))
    s3_server.let_all_pass()


@pytest.fixture
def run(bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Finished]:
    """Run a command in this process, as starting one takes longer than what it does; an empty variable is unset."""

    def ran(*arguments: str, **environment: str) -> Finished:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["registry", *arguments])
            for name, value in {**known(bench), **environment}.items():
                patch.setenv(name, value)
                if not value:
                    patch.delenv(name)
            capsys.readouterr()
            with pytest.raises(SystemExit) as end:
                main()
        result = capsys.readouterr()
        return Finished(int(end.value.code or 0), result.out, result.err)

    return ran


@pytest.fixture
def described(tmp_path: Path) -> Path:
    file = tmp_path / "digits.yaml"
    file.write_text(yaml.safe_dump(DESCRIPTION))
    return file
