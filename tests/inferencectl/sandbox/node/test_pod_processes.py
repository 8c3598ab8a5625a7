"""A process of a pod is found by the pod's cgroup; tests of the live stack find the servers with it."""

import uuid

import pytest

from inferencectl.sandbox.node.pod_processes import process_of_pod


def test_a_pod_without_such_a_process_is_an_error() -> None:
    uid = str(uuid.uuid4())
    with pytest.raises(ValueError, match=f"0 processes tritonserver in the pod {uid}"):
        process_of_pod(uid, "tritonserver")
