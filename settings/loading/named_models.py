"""The versions that a stack refers to by name, and the registry that resolves them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from pydantic import BaseModel, model_validator

from settings.cluster.registry import Registry
from settings.cluster.storage.s3 import ObjectStorage
from settings.cluster.storage.storage import Storage
from settings.consistency.storage_issues import registry_issues
from settings.validation.issues import refuse_all
from settings.values.text import is_version_name
from settings.values.unvalidated import is_list, is_mapping


class _Places(BaseModel):
    registry: Registry
    storage: Storage

    @model_validator(mode="after")
    def _has_names(self) -> Self:
        refuse_all(tuple(registry_issues(self.storage, self.registry)))
        return self


@dataclass(frozen=True, kw_only=True)
class NamedModels:
    """Unique names such as `digits@stable`, and where to look them up."""

    names: Sequence[str]
    registry: Registry
    endpoint: str | None
    """Address of the registry's S3 API; None for AWS."""
    region: str

    @classmethod
    def of(cls, names: Sequence[str], platform: Mapping[str, Any]) -> Self:
        """Create it from names and the configuration of a platform.

        Raises:
            pydantic.ValidationError: registry or storage are invalid.
        """
        places = {key: platform[key] for key in _Places.model_fields if key in platform}
        found = _Places.model_validate(places, by_alias=True, by_name=False)
        of_pods = found.storage.endpoint if isinstance(found.storage, ObjectStorage) else None
        endpoint = found.registry.endpoint or of_pods
        return cls(names=names, registry=found.registry, endpoint=endpoint, region=found.storage.region)


def names_in(platform: Mapping[str, Any]) -> Sequence[str]:
    """Return the unique names of versions in the configuration of a platform, in the order of the file."""
    models = _mappings(platform.get("models"))
    names = (version.get("name") for model in models for version in _mappings(model.get("versions")))
    return tuple(dict.fromkeys(name for name in names if is_version_name(name)))


def _mappings(value: object) -> Sequence[Mapping[str, Any]]:
    return [each for each in value if is_mapping(each)] if is_list(value) else []
