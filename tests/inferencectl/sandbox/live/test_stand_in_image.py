"""The image of the TensorFlow Serving stand-in, run as pods are: another user, no capabilities, a read-only root."""

import pytest

from components.security import SCRATCH_DIRECTORY
from inferencectl.sandbox.images.catalogue import ensure_images
from tests.real_node import Live
from tests.waiting import soon

pytestmark = pytest.mark.real_node
IMAGE = "tensorflow-serving-stand-in"


def test_it_starts_at_the_path_of_tensorflow_serving_and_names_itself(live: Live) -> None:
    image = ensure_images((IMAGE,), lambda _message: None)[IMAGE]
    live.node.import_images((image,), lambda _message: None)
    command = ["/usr/bin/tensorflow_model_server", "--version"]
    scratch = [{"name": "scratch", "mountPath": SCRATCH_DIRECTORY}]
    pod = live.pod("serving", image=image.pinned, command=command, volumeMounts=scratch)
    volumes = [{"name": "scratch", "emptyDir": {}}]
    live.apply({**pod, "spec": {**pod["spec"], "restartPolicy": "Never", "volumes": volumes}})
    soon(lambda: live.get("pod/serving")["status"]["phase"] in ("Succeeded", "Failed"), "it has ended")
    log = live.run("logs", "serving")
    assert live.get("pod/serving")["status"]["phase"] == "Succeeded", log
    assert "this is a stand-in" in log
    assert "TensorFlow-Serving-stand-in\nTensorFlow Library: 2.21.0" in log
