"""An image as an archive from which a node knows it by its digest as well, which is what pods name."""

import io
import json
import tarfile
from pathlib import Path

from inferencectl.sandbox.images.oci import LocalImage

_NAME = "io.containerd.image.name"
_INDEX = "index.json"


def write_archive_by_digest(image: LocalImage, target: Path) -> None:
    """Writes a copy of the image's archive whose index names the manifest twice: by tag, and by digest.

    containerd gives an image the names that the index states, and a pod that names tag and digest is sought by its
    digest alone; neither kind nor k3d adds that name. Source: `imageName` of containerd's `core/transfer/image`.
    """
    with (
        tarfile.open(image.archive) as source,
        tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as copy,
    ):
        for member in source:
            content = source.extractfile(member)
            if content and member.name == _INDEX:
                text = _with_both_names(content.read(), image)
                member.size = len(text)
                content = io.BytesIO(text)
            copy.addfile(member, content)


def _with_both_names(index: bytes, image: LocalImage) -> bytes:
    document = json.loads(index)
    for manifest in [each for each in document["manifests"] if each["digest"] == image.digest]:
        annotations = {**manifest.get("annotations", {}), _NAME: image.by_digest}
        document["manifests"].append({**manifest, "annotations": annotations})
    return json.dumps(document).encode()
