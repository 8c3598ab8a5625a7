"""The policy pack, and nothing else: constructing it serves it, and never returns."""

import gc

from pulumi_policy import EnforcementLevel, PolicyPack

from reporting import POLICIES

# Properties are trees: the collector finds no cycles in them, and by default looks so often that large stacks cost more
# per resource than small ones.
gc.set_threshold(100_000)

PolicyPack(name="platform", enforcement_level=EnforcementLevel.MANDATORY, policies=POLICIES)
