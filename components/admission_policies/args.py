"""The arguments of the admission policies."""

from dataclasses import dataclass

import pulumi

from settings import Admission


@dataclass(frozen=True, kw_only=True)
class AdmissionPoliciesArgs:
    """``namespace`` is the only namespace whose objects are checked; ``admission`` configures the rules."""

    namespace: pulumi.Input[str]
    admission: Admission
