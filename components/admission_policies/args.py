"""The arguments of the admission policies."""

from dataclasses import dataclass

import pulumi

from settings import Admission


@dataclass(frozen=True, kw_only=True)
class AdmissionPoliciesArgs:
    """``namespace`` is the one namespace whose objects are judged, by the rules as ``admission`` has them."""

    namespace: pulumi.Input[str]
    admission: Admission
