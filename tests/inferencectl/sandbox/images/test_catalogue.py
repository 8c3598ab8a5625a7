"""The images that are made on the machine: their names and keys, and what is refused."""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from inferencectl.sandbox.images import bases, catalogue
from inferencectl.sandbox.images.contents import PackageFiles, Wheels
from inferencectl.sandbox.images.image import KEPT, WrittenImage, ensure
from inferencectl.sandbox.images.oci import ImageConfig
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from tests.environments import exported
from versions import all_images


def _silent(_message: str) -> None:
    pass


def test_every_image_has_a_key_of_its_own_and_no_name_of_another_registry() -> None:
    keys = [recipe.key for recipe in catalogue.RECIPES.values()]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch("[0-9a-f]{12}", key) for key in keys)
    assert not {image.registry for image in all_images()} & {"inference.local"}


def test_the_key_tells_of_everything_that_an_image_is_made_of(tmp_path: Path) -> None:
    requirements = tmp_path / "list.txt"
    requirements.write_text("one==1\n")
    changed = requirements.with_name("changed.txt")
    changed.write_text("one==2\n")
    wheels = Wheels(requirements=requirements, paths={"": "opt"}, links={})
    image = WrittenImage(name="thing", config=ImageConfig(), contents=(wheels,))
    others = [
        replace(image, config=ImageConfig(user="1")),
        replace(image, root=bases.PYTHON_ROOT),
        replace(image, contents=(replace(wheels, requirements=changed),)),
        replace(image, contents=(replace(wheels, links={"a": "b"}),)),
        replace(image, contents=(PackageFiles(package="one", paths={}),)),
    ]
    assert image.key == replace(image).key
    assert len({each.key for each in (image, *others)}) == len(others) + 1


def test_an_image_is_made_once_and_known_again(tmp_path: Path) -> None:
    image = WrittenImage(name="empty", config=ImageConfig(user="1"), disk_mib=1)
    messages: list[str] = []
    made = ensure(image, tmp_path, messages.append)
    assert made == ensure(image, tmp_path, messages.append)
    assert made.reference == f"inference.local/empty:{image.key}"
    assert made.archive.stat().st_size
    assert len(messages) == 2
    assert {path.name for path in made.archive.parent.iterdir()} == {"image.tar", "digest"}


def test_of_one_name_the_images_that_were_used_last_are_kept(tmp_path: Path) -> None:
    def made(user: int, name: str = "one") -> Path:
        recipe = WrittenImage(name=name, config=ImageConfig(user=str(user)), disk_mib=1)
        return ensure(recipe, tmp_path, _silent).archive.parent

    other = made(0, "one-more")
    os.utime(other, (0, 0))
    images = [made(user) for user in range(KEPT)]
    for age, image in enumerate(images):
        os.utime(image, (age, age))
    # The oldest is used again, so the next one goes.
    made(0)
    newest = made(KEPT)
    assert {path for path in (*images, newest, other) if path.exists()} == {other, newest, images[0], *images[2:]}


def test_an_image_that_is_not_in_the_catalogue_is_refused_with_those_that_are() -> None:
    with pytest.raises(SandboxError, match="no image is made here for nonsense") as raised:
        catalogue.ensure_images(["pause", "nonsense"], _silent)
    assert raised.value.exit_code == BAD_INPUT
    assert "pause, " in raised.value.remedy


def test_wheels_that_pip_cannot_install_are_told_and_leave_nothing(tmp_path: Path) -> None:
    requirements = tmp_path / "list.txt"
    requirements.write_text("filelock==4.2.11 --hash=sha256:" + "0" * 64 + "\n")
    wheels = Wheels(requirements=requirements, paths={}, links={}, disk_mib=1)
    with pytest.raises(SandboxError, match=r"pip cannot install the packages of .*list\.txt"):
        wheels.files(tmp_path / "cache", _silent)
    assert {path.name for path in (tmp_path / "cache").iterdir()} == {"locks"}


@pytest.mark.parametrize(
    ("file", "group"), [("triton", "triton-server"), ("rclone", "dev"), ("tensorflow-serving-stand-in", "training")]
)
def test_wheels_are_those_of_the_lock_file(file: str, group: str) -> None:
    locked = exported("--only-group", group, "--no-annotate")
    for pin in re.findall(r"^\S.*\n(?: .*\n)*", (bases.WHEELS / f"{file}.txt").read_text(), re.MULTILINE):
        assert pin.strip() in locked
