"""Masking by rules that are data, run by Python here and by Ruby in a collector."""

from privacy.masking.masker import Masker
from privacy.masking.rules import Rules, load_rules

__all__ = ["Masker", "Rules", "load_rules"]
