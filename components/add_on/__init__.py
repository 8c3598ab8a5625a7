"""AddOn, a ComponentResource, and the add-ons that it installs."""

from components.add_on.args import AddOnArgs
from components.add_on.component import AddOn
from components.add_on.istio import istio

__all__ = ["AddOn", "AddOnArgs", "istio"]
