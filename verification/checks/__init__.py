"""Whether a server answers as its version did when it was published."""
