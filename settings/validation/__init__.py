"""How settings are validated, and how their errors read."""
