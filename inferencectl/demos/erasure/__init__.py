"""The demonstration of an erasure: of one of two people, and again after a restore."""
