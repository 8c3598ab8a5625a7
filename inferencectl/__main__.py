"""``python -m inferencectl``."""

from inferencectl.cli import main

main()
