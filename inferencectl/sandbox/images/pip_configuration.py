"""What pip needs to know to reach the machine's package index, for builds that see nothing else of the machine."""

import ast
import configparser
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from inferencectl.workspace.errors import BAD_INPUT, SandboxError

KEPT = ("default-timeout", "extra-index-url", "index-url", "proxy", "retries", "timeout", "trusted-host")
"""Settings that a build needs and that name no file of the machine."""


def write(directory: Path, mounted: str) -> None:
    """Writes `pip.conf`, and the certificates that it names, into `directory`, which a build sees as `mounted`.

    The file can hold a password, in the address of an index.

    Raises:
        SandboxError: the file of certificates that pip is configured with cannot be read.
    """
    directory.mkdir(mode=0o700)
    settings = _settings()
    kept = {name: value for name, value in settings.items() if name in KEPT}
    if "cert" in settings:
        _copy_certificates(Path(settings["cert"]), directory / "certificates.pem")
        kept["cert"] = f"{mounted}/certificates.pem"
    parser = configparser.RawConfigParser()
    parser["global"] = kept
    with (directory / "pip.conf").open("w", encoding="utf-8") as file:
        parser.write(file)


def _copy_certificates(source: Path, target: Path) -> None:
    try:
        shutil.copyfile(source, target)
    except OSError as error:
        raise SandboxError(
            f"pip's certificates {source} cannot be read: {error.strerror}",
            "correct the setting cert of pip (pip config list shows where it is)",
            exit_code=BAD_INPUT,
        ) from error


def _settings() -> Mapping[str, str]:
    """pip's settings by their names, from its files and the environment; those of the environment come last and win."""
    answer = subprocess.run([sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True)
    lines = sorted((line.partition("=") for line in answer.stdout.splitlines()), key=lambda line: ":env:" in line[0])
    return {name.rpartition(".")[2]: str(ast.literal_eval(value)) for name, _, value in lines}
