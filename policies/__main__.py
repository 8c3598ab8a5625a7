"""The policy pack, and nothing else: constructing it serves it, and never returns."""

from pulumi_policy import EnforcementLevel, PolicyPack

from reporting import POLICIES

PolicyPack(name="platform", enforcement_level=EnforcementLevel.MANDATORY, policies=POLICIES)
