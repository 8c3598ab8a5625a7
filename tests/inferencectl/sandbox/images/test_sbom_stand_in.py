"""The stand-in for syft: what it finds, and that it says what it is."""

import json
from pathlib import Path

import pytest

from inferencectl.sandbox.images import sbom_stand_in

STATUS = """\
Package: libc6
Status: install ok installed
Version: 2.36-9

Package: gone
Status: deinstall ok config-files
Version: 1
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "var/lib/dpkg").mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").write_text(STATUS)
    for place, name in (("opt/venv/lib", "Some_Package"), ("proc/1", "elsewhere")):
        information = tmp_path / place / f"{name}-1.2.dist-info"
        information.mkdir(parents=True)
        (information / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n\nText\nVersion: no\n"
        )
    return tmp_path


def test_it_lists_installed_packages_of_debian_and_python(root: Path) -> None:
    assert list(sbom_stand_in.packages(root)) == [("deb", "libc6", "2.36-9"), ("pypi", "Some_Package", "1.2")]


def test_the_document_names_packages_by_address_and_says_that_it_is_a_stand_in(root: Path) -> None:
    document = json.loads(json.dumps(sbom_stand_in.document(root)))
    assert document["spdxVersion"] == "SPDX-2.3"
    assert "stand-in for syft" in document["creationInfo"]["creators"][0]
    assert [package["externalRefs"][0]["referenceLocator"] for package in document["packages"]] == [
        "pkg:deb/debian/libc6@2.36-9",
        "pkg:pypi/Some_Package@1.2",
    ]


def test_the_file_is_the_one_that_the_dockerfiles_ask_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sbom_stand_in, "document", lambda root: {"name": str(root)})
    output = tmp_path / "sbom.spdx.json"
    command = ["scan", "dir:/", "--exclude", "./proc/**", "--quiet", "--output", f"spdx-json={output}"]
    sbom_stand_in.main(command)
    assert json.loads(output.read_text()) == {"name": "/"}
