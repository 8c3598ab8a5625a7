"""A namespace with the platform's roles, and a person in each of them who has no other rights."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pulumi
from kubernetes.client import ApiClient

from components import ModelNamespace, ModelNamespaceArgs, PlatformAccess, PlatformAccessArgs
from inferencectl.deployer import Deployer, kubernetes_objects
from inferencectl.program.recording import record
from settings import Access, Quota
from tests.components.models import MESH
from tests.inferencectl.rest import Rest
from tests.inferencectl.stacks import fresh_namespace

ROLES = ("viewer", "deployer", "operator", "auditor")
QUOTA = Quota(cpu="64", memory="256Gi", storage="100Gi", gpus=4, pods=100)
REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"


@dataclass(frozen=True, kw_only=True)
class People:
    """The people of ``namespace``; each is a user of the role's name, in a group of the namespace's own."""

    api: ApiClient
    namespace: str

    def group(self, role: str) -> str:
        return f"{role}s-of-{self.namespace}"

    def client(self, role: str) -> ApiClient:
        """A client that speaks in the name of the person in ``role``."""
        api = ApiClient(configuration=self.api.configuration)
        api.set_default_header("Impersonate-User", role)
        api.set_default_header("Impersonate-Group", self.group(role))
        return api

    def may(self, role: str, verb: str, resource: str, namespace: str, name: str = "") -> bool:
        """What the API server answers about a resource such as ``deployments.apps/scale``; "" is no namespace."""
        kind, _, subresource = resource.partition("/")
        plural, _, group = kind.partition(".")
        attributes = {"verb": verb, "group": group, "resource": plural, "subresource": subresource}
        return self._allowed(role, {"resourceAttributes": {**attributes, "namespace": namespace, "name": name}})

    def may_reach(self, role: str, path: str) -> bool:
        """What the API server answers about a path that is no resource."""
        return self._allowed(role, {"nonResourceAttributes": {"verb": "get", "path": path}})

    def _allowed(self, role: str, attributes: Mapping[str, Any]) -> bool:
        # What authentication would say of the person: every one is among the authenticated.
        subject = {"user": role, "groups": [self.group(role), "system:authenticated"]}
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview"}
        return Rest(self.api).post(REVIEWS, {**review, "spec": {**subject, **attributes}})["status"]["allowed"]


@contextmanager
def people(api: ApiClient) -> Iterator[People]:
    """A fresh namespace of the platform's own making and its people."""
    crowd = People(api=api, namespace=fresh_namespace())
    deployer = Deployer(api, crowd.namespace)
    groups = Access.model_validate({f"{role}s": [crowd.group(role)] for role in ROLES})

    def program() -> None:
        namespace = ModelNamespace("models", ModelNamespaceArgs(namespace=crowd.namespace, quota=QUOTA))
        access = PlatformAccessArgs(namespace=namespace.namespace, access=groups, mesh=MESH)
        PlatformAccess("access", access, pulumi.ResourceOptions())

    try:
        deployer.deploy(kubernetes_objects(record(program, project="inference", stack=crowd.namespace)), lambda _: None)
        yield crowd
    finally:
        deployer.destroy(lambda _: None)
