"""The stack file of the live stack: an ordinary one, with what only this machine knows filled in."""

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from inferencectl.sandbox.images.oci import architecture
from inferencectl.sandbox.live.model_registry import PublishedVersion
from inferencectl.workspace.files import write_atomically

_TEMPLATE = Path(__file__).parent / "stack.yaml"
_READABLE_BY_ALL = 0o644
_PEM_INDENT = " " * 8
_LOCAL_IMAGE = re.compile(
    r"(?<![\w./-])inference\.local/(?P<name>[a-z0-9-]+)(?::[0-9a-z]+@sha256:[0-9a-f]{64}|(?![\w:@/.-]))"
)
"""What was made here, by its digest; or its name alone, where somebody asks for it."""


@dataclass(frozen=True, kw_only=True)
class StoreAccess:
    """How pods reach the object storage of the live stack: see the keys of `storage` in the stack file."""

    endpoint: str
    region: str
    networks: Sequence[str]
    credentials_secret: str
    authority_config_map: str


@dataclass(frozen=True, kw_only=True)
class LiveFacts:
    """What only this machine knows; `context` is that of the cluster.

    `images` maps the names of images that were made here to references `inference.local/NAME:KEY@sha256:…`;
    `versions` has a version of each model of the template; `public_key` is PEM. Volumes are of
    `storage_class`, or of the cluster's default.
    """

    context: str
    store: StoreAccess
    public_key: str
    images: Mapping[str, str]
    versions: Mapping[str, PublishedVersion]
    storage_class: str | None = None


def ensure_stack_file(file: Path, written: Path, facts: LiveFacts) -> bool:
    """Write the stack file if there is none, or bring its images up to date; returns whether it changed.

    `written` is a copy that nobody edits, see `is_as_written`.
    """
    text = file.read_text(encoding="utf-8") if file.exists() else None
    wanted = new_text(facts) if text is None else with_images(text, facts.images)
    if wanted == text:
        return False
    if text is None or is_as_written(file, written):
        write_atomically(written, wanted.encode())
    write_atomically(file, wanted.encode(), mode=_READABLE_BY_ALL)
    return True


def is_as_written(file: Path, written: Path) -> bool:
    """Whether the stack file is there, and nobody has changed it since it was written with this copy."""
    return file.exists() and written.exists() and file.read_bytes() == written.read_bytes()


def new_text(facts: LiveFacts) -> str:
    """The text of a new stack file."""
    values = {
        "architecture": architecture(),
        "context": facts.context,
        "endpoint": facts.store.endpoint,
        "region": facts.store.region,
        "networks": ", ".join(facts.store.networks),
        "credentials_secret": facts.store.credentials_secret,
        "authority_config_map": facts.store.authority_config_map,
        "volumes": f"{{storageClass: {facts.storage_class}}}" if facts.storage_class else "null",
        "public_key": textwrap.indent(facts.public_key.strip(), _PEM_INDENT),
        **{_variable(name): reference for name, reference in facts.images.items()},
        **{f"{_variable(name)}_storage": version.storage for name, version in facts.versions.items()},
        **{f"{_variable(name)}_version": str(version.version) for name, version in facts.versions.items()},
        **{f"{_variable(name)}_sha256": version.sha256 for name, version in facts.versions.items()},
    }
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(values)


def with_images(text: str, images: Mapping[str, str]) -> str:
    """The text with every image of this machine at its present digest; names that are not in `images` stay."""
    return _LOCAL_IMAGE.sub(lambda found: images.get(found["name"], found[0]), text)


def images_in(text: str) -> Sequence[str]:
    """The names of the images of this machine that a stack file refers to, sorted."""
    return sorted({found["name"] for found in _LOCAL_IMAGE.finditer(text)})


def _variable(name: str) -> str:
    return name.replace("-", "_")
