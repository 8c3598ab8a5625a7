"""Random values: made once, kept in a file of their owner's, made anew only when what they depend on changes."""

import json
import stat
import string
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_random
import pytest

from inferencectl.program.random_values import RandomValues
from inferencectl.program.recording import Recording, record
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

PASSWORD = "random:index/randomPassword:RandomPassword"
UUID = "random:index/randomUuid:RandomUuid"
URN = "urn:pulumi:test::inference::random:index/randomPassword:RandomPassword::admin"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """In a directory that is not there yet, as that of a new sandbox."""
    return tmp_path / ".sandbox" / "test" / "random.json"


def password(values: RandomValues, urn: str = URN, **inputs: Any) -> str:
    return values.outputs(urn, PASSWORD, {"length": 20, **inputs})["result"]


def test_a_value_is_made_once_and_kept_across_runs(file: Path) -> None:
    first = password(RandomValues(file))
    assert len(first) == 20
    assert password(RandomValues(file)) == first
    assert password(RandomValues(file), urn=f"{URN}-other") != first


def test_nobody_else_can_read_the_file(file: Path) -> None:
    password(RandomValues(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_value_is_replaced_when_its_inputs_or_keepers_change(file: Path) -> None:
    inputs: list[dict[str, Any]] = [{}, {"length": 21}, {"keepers": {"year": "1"}}, {"keepers": {"year": "2"}}]
    made = [password(RandomValues(file), **each) for each in inputs]
    assert len(set(made)) == 4
    assert password(RandomValues(file), keepers={"year": "2"}) == made[-1]


def test_values_in_memory_end_with_the_process(tmp_path: Path) -> None:
    values = RandomValues.in_memory()
    assert password(values) == password(values)
    assert password(values) != password(RandomValues.in_memory())
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("inputs", "alphabet"),
    [
        ({"special": False}, string.ascii_letters + string.digits),
        ({"special": False, "upper": False}, string.ascii_lowercase + string.digits),
        ({"special": False, "lower": False, "numeric": False}, string.ascii_uppercase),
        ({"lower": False, "upper": False, "special": False}, string.digits),
        ({"lower": False, "upper": False, "numeric": False, "overrideSpecial": "-_"}, "-_"),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_the_alphabet_is_the_one_asked_for(inputs: dict[str, Any], alphabet: str) -> None:
    # Of 2,000 characters none of a few dozen is missing by chance: less than once in 10^12 runs.
    assert set(password(RandomValues.in_memory(), length=2000, **inputs)) == set(alphabet)


def test_every_kind_of_character_is_there_as_often_as_asked_for() -> None:
    def count(text: str, alphabet: Iterable[str]) -> int:
        return sum(character in set(alphabet) for character in text)

    minima = {"minLower": 1, "minUpper": 2, "minNumeric": 3, "minSpecial": 4, "overrideSpecial": "-"}
    made = [password(RandomValues.in_memory(), length=10, **minima) for _ in range(20)]
    for text in made:
        kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "-")
        assert [count(text, alphabet) for alphabet in kinds] == [1, 2, 3, 4]
    assert len({text[0] in string.digits for text in made}) == 2, "the kinds are always in the same order"


@pytest.mark.parametrize(
    "inputs",
    [{"lower": False, "upper": False, "numeric": False, "special": False}, {"length": 2, "minLower": 3}],
    ids=["no alphabet", "too short"],
)
def test_a_text_that_cannot_be_made_is_one_clear_error(inputs: dict[str, Any]) -> None:
    with pytest.raises(SandboxError, match="random text") as error:
        password(RandomValues.in_memory(), **inputs)
    assert error.value.exit_code == BAD_INPUT


def test_a_uuid_is_one(file: Path) -> None:
    text = RandomValues(file).outputs(URN, UUID, {})["result"]
    assert [len(part) for part in text.split("-")] == [8, 4, 4, 4, 12]


def test_an_unknown_random_type_is_an_error_that_names_it_and_the_known_ones() -> None:
    with pytest.raises(SandboxError, match="randomPet:RandomPet") as error:
        RandomValues.in_memory().outputs(URN, "random:index/randomPet:RandomPet", {})
    assert PASSWORD in error.value.remedy


def test_a_write_that_fails_half_way_leaves_the_values_before(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = RandomValues(file)
    kept = password(values)

    def full(_descriptor: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("inferencectl.workspace.files.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        password(values, urn=f"{URN}-other")
    monkeypatch.undo()
    assert password(RandomValues(file)) == kept
    assert [*file.parent.iterdir()] == [file]


@pytest.mark.parametrize("content", ["", '{"urn": {"inp', "\x00\x00"], ids=["empty", "half", "zeros"])
def test_a_damaged_file_is_an_error_that_names_it_and_is_left_as_it_is(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(content)
    with pytest.raises(SandboxError, match=str(file)) as error:
        RandomValues(file)
    assert error.value.exit_code == BAD_INPUT
    assert "delete it" in error.value.remedy
    assert file.read_text() == content


def recorded(program: Callable[[], None], file: Path) -> Recording:
    return record(program, project="inference", stack="test", random_values=RandomValues(file))


def test_a_program_gets_its_values_again_and_passwords_are_secrets(file: Path) -> None:
    def program() -> None:
        made = pulumi_random.RandomPassword("admin", length=12, special=False)
        text = pulumi_random.RandomString("name", length=5)
        data = {"password": made.result, "name": text.result}
        pulumi.CustomResource("test:index:Store", "store", {"open": text.result, "closed": data})

    first, second = recorded(program, file), recorded(program, file)
    assert first == second
    (store,) = (resource for resource in first.resources if resource.name == "store")
    assert len(store.inputs["closed"]["password"]) == 12
    assert store.secret_keys == ("closed",)
    assert store.inputs["closed"]["password"] in json.dumps(json.loads(file.read_text()))
