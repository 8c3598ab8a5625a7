"""Istio's objects, as pure functions."""
