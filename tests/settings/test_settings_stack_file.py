"""Stack files as people break them, and as an attacker would."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from settings import SettingsError, read_stack_file
from settings.loading.stack_file import MAX_BYTES
from tests.settings.settings_stack import ROOT

YAML = "expected the YAML of a stack file"


def read(directory: Path, content: str | bytes) -> dict[str, str]:
    path = directory / "Pulumi.dev.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_stack_file(path)


def reported(directory: Path, content: str | bytes) -> str:
    with pytest.raises(SettingsError) as caught:
        read(directory, content)
    return str(caught.value).removeprefix(f"{directory / 'Pulumi.dev.yaml'}: ")


def test_values_become_text_as_pulumi_makes_them(tmp_path: Path) -> None:
    content = """
        encryptionsalt: v1:salt
        secretsprovider: passphrase
        config:
          pulumi:disable-default-providers: ["*"]
          kubernetes:context: dev
          docker:flag: true
          random:number: 010
          inference:platform: {on: yes, day: 2024-01-01, time: 12:30, half: 0.5, much: 1e3, count: 12, no: ~,
            none: , nil: null}
    """
    config = read(tmp_path, content)
    assert config == {
        "pulumi:disable-default-providers": '["*"]',
        "kubernetes:context": "dev",
        "docker:flag": "true",
        "random:number": "010",
        "inference:platform": config["inference:platform"],
    }
    assert json.loads(config["inference:platform"]) == {
        "on": "yes",
        "day": "2024-01-01",
        "time": "12:30",
        "half": 0.5,
        "much": 1000,
        "count": 12,
        "no": None,
        "none": None,
        "nil": None,
    }


@pytest.mark.parametrize(
    "content", ["\ufeffconfig: {a: b}", "config:\r\n  a: b\r\n", "config: &x {a: b}\nenvironment: *x"]
)
def test_byte_order_mark_line_ends_and_anchors_are_read(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content) == {"a": "b"}


BROKEN = {
    "config: [": f"line 2, column 1: did not find expected node content; {YAML}",
    "config:\n\ta: b": f"line 2, column 1: found character that cannot start any token; {YAML}",
    "config: {a: 1}\nconfig: {}": f'line 2, column 1: duplicate key "config"; {YAML}',
    "config:\n  a: {b: 1, b: 2}": f'line 2, column 13: duplicate key "b"; {YAML}',
    "config: {a: 1}\n---\nb: 1": f"line 2, column 1: but found another document; {YAML}",
    "config: {1: a}": f"line 1, column 10: a key that is not text; {YAML}",
    "config: {[a]: b}": f"line 1, column 10: a key that is not text; {YAML}",
    "config: {~: b}": f"line 1, column 10: a key that is not text; {YAML}",
    "config: &a {<<: *a}": f"line 1, column 17: alias *a is not defined; {YAML}",
    "a: &a {b: c}\nconfig: {<<: *a}": f"line 2, column 10: a merge key; write the values out; {YAML}",
    "config: *nowhere": f"line 1, column 9: alias *nowhere is not defined; {YAML}",
    "config: !!python/object/apply:os.system [id]": (
        'line 1, column 9: tag "tag:yaml.org,2002:python/object/apply:os.system"; '
        f"write the value without a tag; {YAML}"
    ),
    "config: {a: !!int x}": f'line 1, column 13: tag "tag:yaml.org,2002:int"; write the value without a tag; {YAML}',
    "config: {a: !secret x}": f'line 1, column 13: tag "!secret"; write the value without a tag; {YAML}',
    "config: " + "[" * 33 + "]" * 33: f"line 1, column 40: nested more than 32 levels deep; {YAML}",
    "config: " + "[" * 200_000: f"line 1, column 40: nested more than 32 levels deep; {YAML}",
    "\x07": (
        'unacceptable character #x0007: control characters are not allowed in "<unicode string>", position 0; ' + YAML
    ),
    "": "null; expected a mapping with the key config",
    "# nothing": "null; expected a mapping with the key config",
    "just text": '"just text"; expected a mapping with the key config',
    "- config": "a list of 1; expected a mapping with the key config",
    "confg: {}": "a mapping; expected a mapping with the key config",
    "config: [a]": "a mapping; expected a mapping with the key config",
    "config:": "a mapping; expected a mapping with the key config",
    "config: {a: b}\nconfgi: 1": "confgi: unknown key; did you mean 'config'?",
    "config: {a: b}\nname: x": (
        "name: unknown key; known keys: config, encryptionsalt, encryptedkey, secretsprovider, environment"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "line"), BROKEN.items(), ids=[repr(content[:24]) for content in BROKEN])
def test_content_that_is_no_stack_file(tmp_path: Path, content: str, line: str) -> None:
    assert reported(tmp_path, content) == line


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    assert reported(tmp_path, b"config: \xff\xfe") == "byte 9: not UTF-8; expected text in UTF-8"
    assert "not UTF-8" in reported(tmp_path, (ROOT / "Pulumi.dev.yaml").read_text().encode("utf-16"))


def test_a_number_beyond_python(tmp_path: Path) -> None:
    assert reported(tmp_path, "config: {a: " + "9" * 5000 + "}").startswith("Exceeds the limit (4300 digits)")


def test_billion_laughs(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 20)]
    assert reported(tmp_path, "\n".join([*lines, "config: *a19"])) == (
        f"line 6, column 45: more than 1,000,000 values with aliases expanded; {YAML}"
    )


def test_encrypted_values(tmp_path: Path) -> None:
    content = (
        "config:\n  docker:password: {secure: v1:x}\n  inference:platform: {models: [{name: m, key: {secure: y}}]}"
    )
    rest = (
        "an encrypted value; expected a stack without encrypted values, which only Pulumi can decrypt; "
        "use pulumi, or keep the secret in a Kubernetes Secret"
    )
    file = tmp_path / "Pulumi.dev.yaml"
    assert reported(tmp_path, content) == (
        f"docker:password: {rest}\n{file}: inference:platform.models[0] (m).key: {rest}"
    )  # fmt: skip


def test_too_much(tmp_path: Path) -> None:
    assert reported(tmp_path, b"#" * (MAX_BYTES + 1)) == "too large; expected at most 16 MiB"


@pytest.mark.parametrize(
    ("content", "rest"),
    [
        ("config: [", "line 2, column 1: did not find expected node content; expected the YAML of a stack file"),
        ("config: {}\nconfig: {}", 'line 2, column 1: duplicate key "config"; expected the YAML of a stack file'),
        ("- a", "a list of 1; expected a mapping with the key config"),
        ("config: {a: {secure: x}}", "a: an encrypted value"),
    ],
)
def test_a_file_is_named_as_seen_from_where_the_user_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, rest: str
) -> None:
    (tmp_path / "stacks").mkdir()
    file = tmp_path / "stacks" / "Pulumi.dev.yaml"
    file.write_text(content, encoding="utf-8")
    for here, named in ((tmp_path, "stacks/Pulumi.dev.yaml"), (file.parent, "Pulumi.dev.yaml"), (Path("/usr"), file)):
        monkeypatch.chdir(here)
        with pytest.raises(SettingsError, match=f"^{re.escape(f'{named}: {rest}')}"):
            read_stack_file(file)


def test_no_file(tmp_path: Path) -> None:
    def line(name: str) -> str:
        with pytest.raises(SettingsError) as caught:
            read_stack_file(tmp_path / name)
        return str(caught.value).removeprefix(str(tmp_path))

    assert line("Pulumi.prod.yaml") == "/Pulumi.prod.yaml: no such file"
    (tmp_path / "Pulumi.dev.yaml").touch()
    (tmp_path / "Pulumi.staging.yaml").touch()
    assert line("Pulumi.stagin.yaml") == "/Pulumi.stagin.yaml: no such file; did you mean 'Pulumi.staging.yaml'?"
    assert line("x") == "/x: no such file; there are Pulumi.dev.yaml or Pulumi.staging.yaml"
    assert line("\0") == "/\0: no such file; there are Pulumi.dev.yaml or Pulumi.staging.yaml"
    (tmp_path / "Pulumi.folder.yaml").mkdir()
    assert line("Pulumi.folder.yaml") == "/Pulumi.folder.yaml: not a file; expected a stack file"
    os.mkfifo(tmp_path / "Pulumi.pipe.yaml")
    assert line("Pulumi.pipe.yaml") == "/Pulumi.pipe.yaml: not a file; expected a stack file"


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """Root may read everything: be somebody else for a while."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    yield
    os.seteuid(was)


@pytest.fixture
def forbidden(tmp_path: Path) -> Path:
    path = tmp_path / "Pulumi.dev.yaml"
    path.touch(mode=0o000)
    for directory in (tmp_path, *tmp_path.parents):
        if directory.owner() == path.owner() and directory.is_relative_to(tmp_path.parents[2]):
            directory.chmod(0o755)
    return path


def test_no_permission(forbidden: Path, unprivileged: None) -> None:
    with pytest.raises(SettingsError) as caught:
        read_stack_file(forbidden)
    assert str(caught.value) == f"{forbidden}: cannot be read: Permission denied"
