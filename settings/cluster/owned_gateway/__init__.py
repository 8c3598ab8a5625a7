"""A gateway that the stack owns: what it is made of, and the certificate that it shows."""
