"""Measures the share of small faults in components/ and settings/ that the fast tests detect."""
