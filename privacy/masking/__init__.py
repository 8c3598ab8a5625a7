"""Masking by rules that are data, run by Python here and by Ruby in a collector."""

from privacy.masking.masker import Masker
from privacy.masking.rules import COLLECTOR_FILES, Rules, load_rules, narrowed

__all__ = ["COLLECTOR_FILES", "Masker", "Rules", "load_rules", "narrowed"]
