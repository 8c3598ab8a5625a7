"""Entry point of `python -m registry`."""

import sys

try:
    from registry.cli import main
except ModuleNotFoundError as missing:
    sys.stderr.write(f"error: package {missing.name} is not installed; run: make registry\n")
    sys.exit(2)

main()
