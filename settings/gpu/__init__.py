"""Accelerators: pools, requests, sharing."""
