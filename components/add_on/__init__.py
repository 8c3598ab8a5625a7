"""AddOn, a ComponentResource, and the add-ons that it installs."""

from components.add_on.args import AddOnArgs
from components.add_on.component import AddOn
from components.add_on.eck_operator import eck_operator
from components.add_on.istio import istio
from components.add_on.prometheus_operator import prometheus_operator

__all__ = ["AddOn", "AddOnArgs", "eck_operator", "istio", "prometheus_operator"]
