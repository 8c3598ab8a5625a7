"""The policy pack's rules at the API server."""

from components.admission_policies.args import AdmissionPoliciesArgs
from components.admission_policies.component import AdmissionPolicies

__all__ = ["AdmissionPolicies", "AdmissionPoliciesArgs"]
