"""The stacks of the repository, whatever else a developer keeps in the checkout."""

from pathlib import Path

LIVE = "live"
"""The stack whose file `make up STACK=live` writes, for one machine."""

ROOT = Path(__file__).parents[1]
STACKS = sorted({path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml")} - {LIVE})
