"""A load in a cluster: its pod is held to the strictest profile, and finds everything that the script reads."""

import json
from pathlib import Path

import pytest
from kubernetes import client

from inferencectl.load import manifests
from inferencectl.load.load import Load
from inferencectl.load.manifests import LoadPlace
from inferencectl.load.tensor import Dialect, Tensor, grpc_message, rest_body
from tests.components.model_service.peers import admits  # noqa: F401
