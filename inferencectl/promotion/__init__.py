"""Promotion: a version that was proved in one stack enters the file of another, for a person to review."""
