"""Loading of stack files."""
