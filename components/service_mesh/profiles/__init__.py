"""The kinds of mesh, a module each."""

from collections.abc import Mapping

from components.service_mesh.profile import Profile
from components.service_mesh.profiles.istio import Istio
from components.service_mesh.profiles.none import NoMesh
from settings import Mesh, MeshProfile

PROFILES: Mapping[MeshProfile, Profile] = {MeshProfile.NONE: NoMesh(), MeshProfile.ISTIO: Istio()}


def profile_of(mesh: Mesh) -> Profile:
    """The kind of mesh that the settings name."""
    return PROFILES[mesh.profile]
