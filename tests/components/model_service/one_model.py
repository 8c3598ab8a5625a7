"""A single model, deployed for real into a namespace that is there already."""

import pulumi
from kubernetes.client import ApiClient

from components import ModelService
from inferencectl.deployer import Deployer, kubernetes_objects
from inferencectl.program.recording import record
from settings import Model
from tests.components.models import service_args


def deploy_model(api: ApiClient, namespace: str, served: Model) -> None:
    """Deploy it as the component `mnist`, and return when it is ready."""

    def program() -> None:
        args = service_args(served, namespace, priority_class_name="system-cluster-critical")
        ModelService("mnist", args, pulumi.ResourceOptions())

    recording = record(program, project="inference", stack=namespace)
    Deployer(api, namespace).deploy(kubernetes_objects(recording), lambda _: None)
