"""What a build is told of the machine's package index: what reaches it, and no path of the machine."""

import configparser
from pathlib import Path

import pytest

from inferencectl.sandbox.images import pip_configuration
from inferencectl.workspace.errors import SandboxError

MOUNTED = "/dev/somewhere"


def _written(directory: Path) -> dict[str, str]:
    pip_configuration.write(directory, MOUNTED)
    parser = configparser.RawConfigParser()
    parser.read(directory / "pip.conf")
    return dict(parser["global"])


@pytest.fixture(autouse=True)
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose pip is configured by this file alone."""
    for name in ("PIP_CERT", "PIP_DEFAULT_TIMEOUT", "PIP_DISABLE_PIP_VERSION_CHECK", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    certificates, file = tmp_path / "authority.pem", tmp_path / "machine.conf"
    certificates.write_text("certificates")
    file.write_text(
        f"[global]\nindex-url = https://index.example/100%\ncert = {certificates}\nfind-links = /opt/wheels\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    return file


def test_addresses_are_kept_and_files_are_copied(tmp_path: Path) -> None:
    settings = _written(tmp_path / "pip")
    assert settings["index-url"] == "https://index.example/100%"
    assert settings["cert"] == f"{MOUNTED}/certificates.pem"
    assert (tmp_path / "pip" / "certificates.pem").read_text() == "certificates"
    assert "find-links" not in settings
    assert (tmp_path / "pip").stat().st_mode & 0o077 == 0


def test_the_environment_wins_over_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://other.example/simple")
    monkeypatch.setenv("PIP_TRUSTED_HOST", "other.example")
    settings = _written(tmp_path / "pip")
    assert settings["index-url"] == "https://other.example/simple"
    assert settings["trusted-host"] == "other.example"


def test_a_certificate_that_does_not_exist_is_told(tmp_path: Path, configuration: Path) -> None:
    configuration.write_text("[global]\ncert = /nowhere/authority.pem\n")
    with pytest.raises(SandboxError, match=r"pip's certificates /nowhere/authority\.pem cannot be read"):
        _written(tmp_path / "pip")
