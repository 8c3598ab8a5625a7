"""No mesh: network policies alone say who may call a model, and the Gateway API splits requests."""

from components.service_mesh.profile import Profile


class NoMesh(Profile):
    """Adds nothing, and owns nothing."""
