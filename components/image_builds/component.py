"""ImageBuilds: the platform's own images, referenced by the digests that they were pushed with."""

import pulumi
import pulumi_docker as docker

from components.image_builds import manifests
from components.image_builds.args import ImageBuildsArgs
from settings import Images


class ImageBuilds(pulumi.ComponentResource):
    """Builds images of `model_images/` with the local container engine, and pushes them.

    Owns one image resource per build. Pushed images stay in the registry when the resource is deleted or replaced,
    because pods may still need them. It does not own the registry or its credentials: those of `docker login` are used,
    so no password is in a stack or its state. A preview builds nothing, so the digests of changed images are unknown.

    Attributes:
        images: the images of the arguments, with each built image replaced by its reference by digest.
    """

    images: Images[pulumi.Input[str]]

    def __init__(self, name: str, args: ImageBuildsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inference:index:ImageBuilds", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        pushed: dict[str, pulumi.Output[str]] = {}
        for build in args.images.builds:
            image = docker.Image(f"{name}-{build.name}", manifests.image(build), child)
            pushed[build.reference] = manifests.by_digest(build, image.repo_digest)
        self.images = manifests.with_pushed(args.images, pushed)
        self.register_outputs(pushed)
