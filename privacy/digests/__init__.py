"""Keyed digests: what a record says about data that it does not hold."""

from privacy.digests.canonical import canonical
from privacy.digests.key_ring import KeyRing, Purpose

__all__ = ["KeyRing", "Purpose", "canonical"]
