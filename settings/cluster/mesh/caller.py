"""Who may call models in a mesh."""

from collections.abc import Iterator
from typing import Annotated

from settings.validation.issues import MISSING, Issue
from settings.validation.section import Section
from settings.values.text import DnsLabel, DnsSubdomain, matching, named_text

Subject = Annotated[
    str,
    # A `*` would stand for others in the mesh's policies. A principal is `iss/sub`, which Istio splits at its last `/`.
    matching(
        r"[!-)+-.0-~]{1,255}",
        "the claim `sub` of a token, without spaces and '*', and without '/', which the mesh splits principals at",
        str.strip,
    ),
    named_text("text"),
]


class Caller(Section):
    """A caller by what it proves: the identity of its pods, a token, or both. One without `namespace` calls from
    outside, through the model's gateway or Ingress controller."""

    name: DnsLabel
    """Name that models refer to."""
    namespace: DnsLabel | None = None
    """Namespace of the calling pods, which are in the mesh."""
    service_account: DnsSubdomain | None = None
    """Their ServiceAccount; every one of the namespace if not set."""
    issuer: DnsLabel | None = None
    """The entry of `issuers` whose token each request carries, in addition to the identity of the pods if both are
    set."""
    subjects: tuple[Subject, ...] = ()
    """Claims `sub` of the tokens; every token of the issuer if not set."""

    def issues(self) -> Iterator[Issue]:
        """Check that the caller proves something, and that each key has what it refers to."""
        if self.namespace is None and self.issuer is None:
            yield Issue(
                path=("namespace",),
                found=MISSING,
                expected="namespace, issuer or both: whoever proves nothing cannot be told from others",
            )
        if "subjects" in self.model_fields_set and not self.subjects:
            yield Issue(
                path=("subjects",),
                found="an empty list, which would let in every token of the issuer",
                expected="at least one subject, or no subjects for every one; remove a caller that has none left",
            )
        for key, is_set, needed in (
            ("serviceAccount", self.service_account is not None, "namespace"),
            ("subjects", bool(self.subjects), "issuer"),
        ):
            if is_set and getattr(self, needed) is None:
                yield Issue(path=(needed,), found=MISSING, expected=f"the {needed} that {key} belongs to")
