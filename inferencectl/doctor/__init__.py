"""What a machine and a cluster lack for a stack, each with what to do about it; nothing is changed."""

from inferencectl.doctor.check import Check
from inferencectl.doctor.cluster import LookedAt, checks_of_cluster
from inferencectl.doctor.machine import check_for_cluster, checks_for_sandbox
from inferencectl.doctor.report import print_checks

__all__ = ["Check", "LookedAt", "check_for_cluster", "checks_for_sandbox", "checks_of_cluster", "print_checks"]
