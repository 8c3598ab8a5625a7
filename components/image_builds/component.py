"""ImageBuilds: images of ours as the stack's pods name them, by the digests that they were pushed with."""

import pulumi
import pulumi_docker as docker

from components.image_builds import manifests
from components.image_builds.args import ImageBuildsArgs
from settings import Images


class ImageBuilds(pulumi.ComponentResource):
    """Builds images of `model_images/` with the container engine of whoever deploys, and pushes them.

    Owns an image each; what was pushed stays in the registry when it is deleted or replaced, since pods may still need
    it. It does not own the registry, nor the login to it: that of `docker login` is used, so no password is in a stack
    or in its state. A preview builds nothing, so the digests of what has changed are not known in it.

    Attributes:
        images: those of the arguments; in place of each that is built, its reference by digest.
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
