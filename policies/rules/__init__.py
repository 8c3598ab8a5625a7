"""The rules, one theme per file; each file ends in its ``RULES``."""
