"""The reviews of all stacks as Markdown.

Text from stack files and manifests is shown as code, so that it mentions nobody, links nowhere and closes nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from inferencectl.changes import Change, Plan
from inferencectl.changes.words import SIGNS, lines_below, summary
from inferencectl.policy_check.finding import Finding
from inferencectl.review.comparison import OF_THE_STACK
from inferencectl.review.length import Part, fitted
from inferencectl.review.stack_review import StackReview

MARKER = "<!-- inference-platform: report of a pull request -->"
"""The first line of the comment, by which it is found again and edited in place."""
_TICKS = re.compile(r"`+")
_ESSENTIAL, _FINDINGS, _DETAILS, _ADVICE = range(4)


def whole_report(reviews: Sequence[StackReview], base: str) -> str:
    """Everything, however long it is."""
    return "".join(part.text for part in _parts(reviews, base))


def comment(reviews: Sequence[StackReview], base: str, whole: str) -> str:
    """As much of it as a comment holds; `whole` says where the rest is."""
    return fitted(list(_parts(reviews, base)), whole)


def _parts(reviews: Sequence[StackReview], base: str) -> Iterator[Part]:
    yield Part(
        text=f"{MARKER}\n## What this changes\n\nCompared with {base[:12]}, by what the program makes of it.\n\n"
    )
    yield Part(text="| stack | objects | pods that restart | policies |\n|---|---|---|---|\n")
    for review in reviews:
        yield Part(text=_row(review), stack=review.stack, noun="row of the table")
    for review in reviews:
        yield from _stack(review)


def _row(review: StackReview) -> str:
    if review.refusal:
        return f"| {review.stack} | refused | | |\n"
    found = review.comparison
    objects = summary(found.plan, "{count} to {action}") if found else "not compared"
    restarts = f"{len(found.restarts)} workloads" if found and found.restarts else "none" if found else "not known"
    mandatory = sum(each.level == "mandatory" for each in review.findings)
    policies = f"{'**' if mandatory else ''}{mandatory} mandatory{'**' if mandatory else ''}"
    return f"| {review.stack} | {objects} | {restarts} | {policies}, {len(review.findings) - mandatory} advisory |\n"


def _stack(review: StackReview) -> Iterator[Part]:
    name = review.stack

    def part(text: str, noun: str, rank: int = _ESSENTIAL) -> Part:
        return Part(text=text, stack=name, noun=noun, rank=rank)

    yield part(f"\n### {name}\n", "heading")
    if review.refusal:
        yield part(f"\nThe program refuses this stack:\n\n{fenced(review.refusal)}", "refusal")
        return
    if review.not_compared:
        yield part(f"\n{fenced(review.not_compared)}", "reason why it was not compared")
    for title, sentences, noun in (
        ("Clients", review.clients, "sentence about clients"),
        ("Models by name", review.models, "model by name"),
        ("Outages", review.outages, "outage"),
    ):
        yield from _list(title, sentences, name, noun)
    found = review.comparison
    restarts = found.restarts if found else ()
    yield from _list("Pods that restart, and why", list(map(str, restarts)), name, "workload that restarts")
    yield from _list("Cost", list(review.cost.lines) if review.cost else [], name, "line of cost")
    mandatory = [each for each in review.findings if each.level == "mandatory"]
    yield from _findings(review, "Policies that stop this", mandatory, _FINDINGS)
    if found:
        yield from _changes(found.by_owner, name)
    yield from _findings(review, "Advice of the policies", review.findings[len(mandatory) :], _ADVICE)


def _list(title: str, lines: Sequence[str], stack: str, noun: str) -> Iterator[Part]:
    if lines:
        yield Part(text=f"\n**{title}**\n\n", stack=stack, noun="heading")
    for line in lines:
        yield Part(text=f"- {code(line)}\n", stack=stack, noun=noun)


def _findings(review: StackReview, title: str, findings: Sequence[Finding], rank: int) -> Iterator[Part]:
    if findings:
        yield Part(text=f"\n**{title}**\n\n", stack=review.stack, noun="heading", rank=rank)
    for rule, group in groupby(findings, key=lambda each: each.rule):
        found = list(group)
        noun = f"{found[0].level} rule"
        yield Part(text=_rule(review, rule, found), stack=review.stack, noun=noun, rank=rank)


def _rule(review: StackReview, rule: str, found: Sequence[Finding]) -> str:
    first = found[0]
    head = f"- **{first.level}** {code(rule)}{f' {first.severity}' if first.severity else ''}: {code(first.title)}\n"
    lines = dict.fromkeys(f"  - {code(_place(review, each))}\n" for each in found)
    remedy = f"  - remedy: {code(first.remedy)}\n" if first.remedy and first.level == "mandatory" else ""
    return head + "".join(lines) + remedy


def _place(review: StackReview, finding: Finding) -> str:
    field = f" {finding.field}" if finding.field else ""
    excuse = f" ({finding.status})" if finding.exemption or finding.unknown else ""
    return f"{review.title_of(finding)}{field}: {finding.found}{excuse}"


def _changes(by_owner: Mapping[str, Plan], stack: str) -> Iterator[Part]:
    for owner, plan in by_owner.items():
        if plan.changed:
            said = summary(Plan(changes=plan.changed), "{count} to {action}")
            yield Part(text=f"\n**{_owner(owner)}**: {said}\n\n", stack=stack, noun="heading", rank=_DETAILS)
        for change in plan.changed:
            yield Part(text=fenced(_words(change)), stack=stack, noun=f"object to {change.action}", rank=_DETAILS)


def _owner(owner: str) -> str:
    return "The stack itself" if owner == OF_THE_STACK else f"Model {code(owner)}"


def _words(change: Change) -> str:
    """The words of the preview."""
    below = "".join(f"\n    {line}" for line in lines_below(change))
    return f"{SIGNS[change.action]} {change}{below}"


def code(text: str) -> str:
    """Text in a line, as it is written and nothing else."""
    line = " ".join(text.split())
    ticks = "`" * (max(map(len, _TICKS.findall(line)), default=0) + 1)
    room = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{room}{line}{room}{ticks}"


def fenced(text: str) -> str:
    """Lines of text as they are, in a block that nothing in them can close."""
    fence = "`" * max(3, max(map(len, _TICKS.findall(text)), default=0) + 1)
    return f"{fence}text\n{text}\n{fence}\n"
