"""The arguments of the verification of what is served."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import pulumi

from components.model_service.args import ModelServiceArgs, ServedVersion
from settings import Mesh, Verification, is_verified_on_schedule
from settings.cluster.storage.storage import Storage


@dataclass(frozen=True, kw_only=True)
class ModelVerificationArgs:
    """The versions that are verified, when, and with which images: ``tools_image`` holds the ``verification`` package,
    ``fetcher_image`` rclone and a shell. ``namespace`` exists already, as do its Secrets ``pull_secrets``.
    """

    verification: Verification
    storage: Storage
    versions: tuple[ServedVersion, ...]
    namespace: pulumi.Input[str]
    tools_image: pulumi.Input[str]
    fetcher_image: pulumi.Input[str]
    mesh: Mesh = field(default_factory=Mesh)
    pull_secrets: Sequence[str] = ()

    @classmethod
    def of(cls, verification: Verification, services: Sequence[ModelServiceArgs]) -> Self:
        """The verification of the models of one stack, at least one: they share storage, namespace and fetcher,
        which is the image with the checks where the settings name no other."""
        return cls(
            verification=verification,
            storage=services[0].storage,
            versions=tuple(
                served
                for service in services
                if is_verified_on_schedule(service.model)
                for served in service.served
                if served.is_running
            ),
            namespace=services[0].namespace,
            tools_image=verification.image or services[0].fetcher_reference,
            fetcher_image=services[0].fetcher_reference,
            mesh=services[0].mesh,
            pull_secrets=services[0].pull_secrets,
        )
