"""Check that a stack has the images of its own that its parts run programs in."""

from collections.abc import Iterable, Iterator

from settings.cluster.logging_stack import Logging
from settings.cluster.own_images import OwnImages
from settings.cluster.signing import Signing
from settings.cluster.verification import Verification
from settings.model.model import Model
from settings.validation.issues import MISSING, Issue


def tools_issues(
    images: OwnImages | None,
    models: Iterable[Model],
    signing: Signing | None,
    verification: Verification | None,
    logging: Logging | None,
) -> Iterator[Issue]:
    """What lacks an image, by path below the platform."""
    if not (images and images.has_sampler) and any(model.sampling for model in models):
        expected = "the image built from model_images/sampler, because a model has sampling"
        hint = "build and push it and set it here with its digest, or let images.build build it"
        yield Issue(path=("images", "sampler"), found=MISSING, expected=expected, hint=hint)
    if images and images.has_tools:
        return
    hint = "build model_images/tools, push it and set it here with its digest, or let images.build build it"
    for section, use in (
        (signing, "verifies signatures, because signing"),
        (logging, "keeps Elasticsearch's templates, because logging"),
    ):
        if section:
            expected = f"the image that {use} is set"
            yield Issue(path=("images", "tools"), found=MISSING, expected=expected, hint=hint)
    if verification and not verification.image:
        expected = "the image that holds the checks, because images sets none"
        yield Issue(path=("verification", "image"), found=MISSING, expected=expected, hint=hint)
