"""Demonstrations, each on a sandbox of its own."""
