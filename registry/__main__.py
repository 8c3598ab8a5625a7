"""``python -m registry``."""

import sys

try:
    from registry.cli import main
except ModuleNotFoundError as missing:
    sys.stderr.write(f"error: the package {missing.name} is missing; install the registry's packages: make registry\n")
    sys.exit(2)

main()
