"""What a pull request means for one stack, in facts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inferencectl.cost.comparison import CostComparison
from inferencectl.policy_check.finding import Finding
from inferencectl.policy_check.verdict import Verdict
from inferencectl.review.comparison import Comparison
from settings import Platform


@dataclass(frozen=True, kw_only=True)
class StackReview:
    """One stack: what changes, or why that is not known; what the policies find; what clients and payers notice.

    `clients`, `models` and `outages` are sentences. `refusal` is why the program does not accept the stack.
    """

    stack: str
    refusal: str = ""
    comparison: Comparison | None = None
    not_compared: str = ""
    verdict: Verdict | None = None
    clients: Sequence[str] = ()
    models: Sequence[str] = ()
    outages: Sequence[str] = ()
    cost: CostComparison | None = None

    @property
    def findings(self) -> Sequence[Finding]:
        """The findings, mandatory ones first, always in the same order."""
        found = self.verdict.findings if self.verdict else ()
        return sorted(found, key=lambda each: (each.level != "mandatory", each.rule, each.urn, each.field, each.found))

    @property
    def is_acceptable(self) -> bool:
        """Whether it could be deployed."""
        return not self.refusal and not (self.verdict and self.verdict.violations)

    def title_of(self, finding: Finding) -> str:
        """Where something was found, for people."""
        return self.verdict.recording.title_of(finding.urn) if self.verdict else finding.urn


def client_words(before: Platform | None, after: Platform) -> Iterator[str]:
    """A sentence for each model that comes, goes, or whose clients get something else."""
    told = {model.name: model.release.told(model.versions) for model in before.models} if before else {}
    for model in after.models:
        now, was = model.release.told(model.versions), told.pop(model.name, None)
        if before is not None and was is None:
            yield f"{model.name}: new: {now}"
        elif was is not None and was != now:
            yield f"{model.name}: {now} (before: {was})"
    yield from (f"{name}: gone; clients get no answer" for name in told)
