"""The generated messages: what the compiler makes of the .proto files, which agree with the official ones."""

import os
import subprocess
from pathlib import Path

from scripts.messages import PLACES, PROTOS, ROOT, generated
from tests.environments import installed

COMPARE = Path(__file__).with_name("official_messages.py")


def differences(python: Path, messages: str, packages: str, modules: tuple[str, ...]) -> tuple[list[str], int]:
    """What differs from the official messages, and how many fields and values were compared.

    The client and the official messages are imported in one process, whose protobuf is that of the environment.
    """
    command = [str(python), str(COMPARE), f"verification.client.{messages}.messages_pb2", packages, *modules]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *found, compared = done.stdout.splitlines()
    return found, int(compared)


def test_the_generated_files_are_what_the_compiler_makes_of_the_protos() -> None:
    files = generated()
    assert len(files) == 2 * len(PROTOS)
    for path, content in files.items():
        assert (ROOT / path).read_text(encoding="utf-8") == content, f"{path} is outdated; run make messages"


def test_every_generated_file_has_its_proto() -> None:
    committed = {
        path.relative_to(ROOT).with_name(f"{path.stem.removesuffix('_pb2')}.proto")
        for place in PLACES
        for path in (ROOT / place).rglob("*_pb2.*")
        if path.suffix in (".py", ".pyi")
    }
    assert committed == set(PROTOS)


def test_the_messages_of_tensorflow_serving_are_its_own() -> None:
    python = installed("training")
    apis = ("predict", "get_model_metadata", "get_model_status")
    modules = tuple(f"tensorflow_serving.apis.{name}_pb2" for name in apis)
    found, compared = differences(python, "tensorflow_serving", "tensorflow.serving,tensorflow", modules)
    assert found == []
    assert compared > 50


def test_the_messages_of_the_open_inference_protocol_are_those_of_triton(triton_python: Path) -> None:
    modules = ("tritonclient.grpc.service_pb2",)
    found, compared = differences(triton_python, "open_inference", "inference", modules)
    assert found == []
    assert compared > 30
