"""The open inference protocol, as Triton speaks it."""
