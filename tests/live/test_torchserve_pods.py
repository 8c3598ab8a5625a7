"""TorchServe with PyTorch in a pod of the live stack: named in the stack file, published, signed, verified, served."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml

from components.model_service.runtimes import torchserve
from inferencectl.live_stack import EXAMPLE_REQUEST, NAMESPACE
from inferencectl.sandbox.node.pod_processes import process_of_pod
from inferencectl.stack_nodes import LIVE
from tests.inferencectl.checkout import Finished
from tests.live.published import published, trained_for_triton
from tests.live_stack import LiveCheckout
from tests.runtimes.processes import asked
from tests.runtimes.test_torchserve_server import field

pytestmark = pytest.mark.slow("TorchServe starts with half a processor, and an image of 2 GB is loaded once")

NAME, ASKED = "digits-torch", "Digits_Torch.8"
HERE = Path(__file__).parent / "digits_for_torchserve"
ARCHITECTURE_OF = "digits"
PIXELS = json.loads(EXAMPLE_REQUEST.read_text(encoding="utf-8"))["inputs"][0]["data"]
Version = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Served:
    """The live stack with a model on TorchServe; `stack` is its file without that model."""

    live: LiveCheckout
    stack: str

    def up(self, version: Version) -> Finished:
        """Write the model into the stack file as a user does, and deploy it."""
        document = yaml.safe_load(self.stack)
        platform = document["config"]["inference:platform"]
        (digits,) = (model for model in platform["models"] if model["name"] == ARCHITECTURE_OF)
        platform["resourceClasses"]["torch"] = {"cpu": "500m", "memory": "1Gi"}
        platform["models"].append(
            {
                "name": NAME,
                "servedName": ASKED,
                "runtime": "torchserve",
                # `up` makes it, gives it to the node, and writes its digest here.
                "image": "inference.local/torchserve",
                "architectures": digits["architectures"],
                "size": "1Mi",
                "resources": "torch",
                "replicas": 1,
                "drainSeconds": 1,
                "loadTimeoutSeconds": 200,
                "versions": [dict(version)],
            }
        )
        self.file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        return self.live.run("up")

    @property
    def file(self) -> Path:
        return self.live.checkout.project.stack_file(LIVE)

    def pods(self) -> Sequence[Any]:
        return self.live.get("pods", f"--selector=app.kubernetes.io/name={NAME}")["items"]

    def predicted(self) -> Any:
        status, text = asked(f"http://{self.live.address(f'{NAME}:http')}/predictions/{ASKED}", {"pixels": PIXELS})
        assert status == 200, text
        return json.loads(text)

    def python(self, script: str) -> str:
        """What a script prints in the server's container."""
        (pod,) = self.pods()
        command = ("exec", pod["metadata"]["name"], "--", "python", "-c", script)
        return self.live.kubectl.run(f"--namespace={NAMESPACE}", *command)


@pytest.fixture(scope="module")
def archived(live_stack: LiveCheckout, torchserve_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version to publish: the weights of the model that Triton serves, in an archive for TorchServe."""
    made = tmp_path_factory.mktemp("torchserve") / "1"
    trained = trained_for_triton(live_stack)
    (made / "assets.extra").mkdir(parents=True)
    files = f"{HERE / 'network.py'},{trained / 'weights.npz'}"
    tool = [str(torchserve_python.with_name("torch-model-archiver")), "--model-name", NAME, "--version", "1"]
    tool += ["--handler", str(HERE / "handler.py"), "--extra-files", files, "--export-path", str(made)]
    subprocess.run(tool, check=True)
    shutil.copy(trained.with_name(f"{trained.name}.yaml"), made.with_name("1.yaml"))
    return made


@pytest.fixture(scope="module")
def served(live_stack: LiveCheckout, archived: Path) -> Iterator[Served]:
    made = Served(live=live_stack, stack=live_stack.checkout.project.stack_file(LIVE).read_text(encoding="utf-8"))
    try:
        up = made.up(published(live_stack, NAME, archived))
        assert up.code == 0, up.err
        yield made
    finally:
        made.file.write_text(made.stack, encoding="utf-8")
        assert live_stack.run("up").code == 0


def test_pytorch_predicts_in_a_pod_what_the_same_weights_predict_on_triton(served: Served) -> None:
    assert "image: inference.local/torchserve:" in served.file.read_text()
    answer = served.predicted()
    assert answer["digit"] == 7
    request = {"inputs": [{"name": "pixels", "shape": [1, 64], "datatype": "FP32", "data": PIXELS}]}
    status, text = asked(f"http://{served.live.address('digits:http')}/v2/models/digits/infer", request)
    assert status == 200, text
    outputs = {each["name"]: each["data"] for each in json.loads(text)["outputs"]}
    assert answer["probabilities"] == pytest.approx(outputs["probabilities"], abs=1e-5)


def test_it_answers_over_grpc(served: Served) -> None:
    tensor = field(1, b"data") + _long_field(2, json.dumps({"pixels": PIXELS}).encode())
    message = field(1, ASKED.encode()) + _long_field(3, tensor)
    service = "org.pytorch.serve.grpc.inference.InferenceAPIsService"
    with grpc.insecure_channel(served.live.address(f"{NAME}:grpc")) as channel:
        answer = channel.unary_unary(f"/{service}/Predictions")(message, timeout=30)
    assert json.loads(answer[answer.index(b"{") :])["digit"] == 7


def _long_field(number: int, data: bytes) -> bytes:
    """A field of a protocol buffer that holds less than 16 KiB."""
    return bytes([number << 3 | 2, len(data) & 127 | 128, len(data) >> 7]) + data


def test_its_requests_are_counted_at_the_port_of_its_metrics(served: Served) -> None:
    url = f"http://127.0.0.1:{torchserve.METRICS_PORT}{torchserve.METRICS_PATH}"
    script = f"import urllib.request as r; print(r.urlopen('{url}').read().decode())"

    def counted() -> float:
        lines = served.python(script).splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(torchserve.LOAD.requests.name))

    before = counted()
    served.predicted()
    assert counted() == before + 1


def test_the_server_is_confined_as_every_other(served: Served) -> None:
    (pod,) = served.pods()
    java = process_of_pod(pod["metadata"]["uid"], "java")
    status = dict(line.split(":\t", 1) for line in Path(f"/proc/{java.pid}/status").read_text().splitlines())
    assert status["Uid"].split() == ["10001"] * 4
    assert {int(status[name], 16) for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    written = served.python("try: open('/x', 'w')\nexcept OSError as e: print(e.strerror)")
    assert written.strip() == "Read-only file system"


def test_a_version_without_its_archive_is_refused_by_name_and_the_one_before_goes_on(
    served: Served, archived: Path, tmp_path: Path
) -> None:
    before = served.pods()[0]["metadata"]["uid"]
    empty = tmp_path / "2"
    (empty / "assets.extra").mkdir(parents=True)
    (empty / "digits.mar").write_bytes(b"of another name")
    shutil.copy(archived.with_name("1.yaml"), tmp_path / "2.yaml")
    refused = served.up(published(served.live, NAME, empty))
    assert (refused.code, refused.is_plain) == (1, True)
    assert f"model refused: the server needs {NAME}.mar" in refused.err
    assert served.predicted()["digit"] == 7
    ready = [each for each in served.pods() if each["status"]["containerStatuses"][0]["ready"]]
    assert [each["metadata"]["uid"] for each in ready] == [before]
