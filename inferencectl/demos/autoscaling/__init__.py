"""Demonstrations: the platform at work on a sandbox of its own, seen from outside."""
