"""The file that says where records are: each mistake is named, and nothing is asked of a store before."""

from pathlib import Path

import pytest
import yaml

from privacy.errors import PrivacyError
from privacy.subjects.configuration import read_configuration

GOOD = {
    "profile": "elasticsearch",
    "url": "https://store.example:9200/",
    "indices": ["predictions-*"],
    "keys": "keys.yaml",
    "ledger": "ledger.jsonl",
}


def written(folder: Path, content: object) -> Path:
    path = folder / "privacy.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return path


def test_the_paths_of_a_good_one_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "login").write_text("dpo:secret\n")
    found = read_configuration(written(tmp_path, {**GOOD, "login": "login"}))
    records = found.records(tmp_path)
    assert (records.api.url, records.api.login) == ("https://store.example:9200", "dpo:secret")
    assert "secret" not in repr(records)
    assert found.the_ledger(tmp_path).path == tmp_path / "ledger.jsonl"
    assert found.fields.all == ("subject",)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"indices": ["*"]}, r"indices\.0: '\*': expected a name of indices and not all"),
        ({"indices": ["_all"]}, r"indices\.0: '_all': expected"),
        ({"indices": ["a,*"]}, r"indices\.0: 'a,\*': expected"),
        ({"indices": []}, "indices: .*expected at least one name"),
        ({"url": "http://user:secret@localhost"}, "expected an http or https URL without credentials"),
        ({"url": "ftp://localhost"}, "url: expected an http or https URL"),
        ({"keys": None}, "keys: None: "),
        ({"plainFields": ["a b"]}, r"plainFields\.0: 'a b'"),
        ({"index": "a", "profile": "solr"}, r"(?s)profile: 'solr'.*index: unknown key; expected one of profile, url"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, changes: dict[str, object], expected: str) -> None:
    with pytest.raises(PrivacyError, match=expected) as caught:
        read_configuration(written(tmp_path, {**GOOD, **changes}))
    assert caught.value.bad_input
    assert "secret" not in str(caught.value)
    assert str(tmp_path / "privacy.yaml") in caught.value.message


@pytest.mark.parametrize(("content", "expected"), [("[", "is no YAML"), ("", "the file: None: ")])
def test_what_is_no_configuration_is_refused(tmp_path: Path, content: str, expected: str) -> None:
    with pytest.raises(PrivacyError, match=expected):
        read_configuration(written(tmp_path, content))
    with pytest.raises(PrivacyError, match="cannot be read"):
        read_configuration(tmp_path / "none.yaml")


def test_files_that_it_names_are_checked(tmp_path: Path) -> None:
    for name, text, expected in (("login", "dpo", "is not user:password"), ("ca", "no", "has no certificate in PEM")):
        (tmp_path / name).write_text(text)
        found = read_configuration(written(tmp_path, {**GOOD, name: name}))
        with pytest.raises(PrivacyError, match=expected):
            found.records(tmp_path)
