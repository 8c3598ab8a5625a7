"""The images to build and the references they are pushed under, as pure functions."""

from collections.abc import Mapping

import pulumi
import pulumi_docker as docker

from settings import BuiltImage, Images

_CHECKOUT = "."
# The platform of every base image, regardless of the machine that builds.
_PLATFORM = "linux/amd64"


def image(build: BuiltImage) -> docker.ImageArgs:
    """An image built from the checkout, the program's working directory; it is rebuilt when files change."""
    return docker.ImageArgs(
        image_name=build.reference,
        build=docker.DockerBuildArgs(
            context=_CHECKOUT,
            dockerfile=f"{_CHECKOUT}/model_images/{build.folder}/Dockerfile",
            args=build.arguments,
            builder_version=docker.BuilderVersion.BUILDER_BUILD_KIT,
            platform=_PLATFORM,
        ),
        build_on_preview=False,
    )


def by_digest(build: BuiltImage, repo_digest: pulumi.Output[str]) -> pulumi.Output[str]:
    """``repository@sha256:…``, with the repository as requested: container engines leave out the host docker.io."""
    return repo_digest.apply(lambda reference: f"{build.repository}@{reference.rpartition('@')[2]}")


def with_pushed(images: Images[str], pushed: Mapping[str, pulumi.Input[str]]) -> Images[pulumi.Input[str]]:
    """``images`` with every reference that is a key of ``pushed`` replaced by its value."""

    def named(reference: str) -> pulumi.Input[str]:
        return pushed.get(reference, reference)

    return Images[pulumi.Input[str]](
        by_model={model: named(server) for model, server in images.by_model.items()},
        by_vendor={vendor: [named(image) for image in pulled] for vendor, pulled in images.by_vendor.items()},
        fetcher=named(images.fetcher),
        sampler=named(images.sampler) if images.sampler else None,
        router=named(images.router) if images.router else None,
        pause=images.pause,
        pause_architectures=images.pause_architectures,
        architectures=images.architectures,
        software=images.software,
        builds=images.builds,
        pull_secrets=images.pull_secrets,
    )
