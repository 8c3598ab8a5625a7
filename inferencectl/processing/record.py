"""The record as Markdown, and why it cannot be made."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from inferencectl.compliance.pages import escaped
from inferencectl.compliance.report import Report, RuleReport, Status
from inferencectl.policy_check.catalogue import Control
from inferencectl.processing.declared import Activity, Declared, Somebody, refused
from settings import DataClass, Platform
from settings.model.data import Data

_SECURITY = {"25", "32"}
"""Articles on protection by design, and on security of processing."""


def processed(platform: Platform) -> Mapping[str, Data]:
    """The data of the models whose data is about people."""
    return {each.name: each.data for each in platform.models if each.data and each.data.class_ is DataClass.PERSONAL}


def require_complete(path: Path, declared: Declared, platform: Platform) -> None:
    """Check that the file is about the models whose data is about people, all of them and no others.

    Raises:
        SandboxError: it is not, or the region of their data is not known.
    """
    if problems := [*_problems(path, declared, platform)]:
        raise refused(problems)


def _problems(path: Path, declared: Declared, platform: Platform) -> Iterator[str]:
    personal = processed(platform)
    named = [(number, name) for number, each in enumerate(declared.activities) for name in each.models]
    for number, name in named:
        if name not in personal:
            known = ", ".join(sorted(personal)) or "none"
            yield f"{path}: activities.{number}.models: {name!r} has no data of class personal; models that do: {known}"
    for name in sorted(personal.keys() - {name for _, name in named}):
        yield f"{path}: activities: model {name!r} has data of class personal and is in none of them"
    for name, data in sorted(personal.items()):
        if not data.residency:
            yield f"the stack: model {name!r}: data.residency: missing, and its storage has no region"


def record(declared: Declared, platform: Platform, report: Report) -> str:
    """The record of a stack whose file is complete."""
    made = f"{report.made:%Y-%m-%d %H:%M} UTC of revision {escaped(report.revision)}"
    return "\n".join(
        [
            f"# Record of processing activities of {escaped(report.stack)}",
            "",
            f"By Article 30 (1) of Regulation (EU) 2016/679. Made {made}.",
            "What is declared is in the words of who wrote it; regions, time limits and measures are the stack's.",
            "",
            f"- Controller: {_somebody(declared.controller)}",
            *([f"- Data protection officer: {_somebody(declared.officer)}"] if declared.officer else []),
            "",
            *(line for each in declared.activities for line in _activity(each, platform)),
            *_measures(report),
        ]
    )


def _somebody(who: Somebody) -> str:
    return f"{escaped(who.name)}, {escaped(who.contact)}"


def _activity(activity: Activity, platform: Platform) -> Iterator[str]:
    personal = processed(platform)
    regions = sorted({str(personal[name].residency) for name in activity.models})
    transfers = [f"{each.country} ({each.safeguard})" for each in activity.transfers]
    rows = {
        "Models": activity.models,
        "Purposes": activity.purposes,
        "Categories of data subjects": activity.subjects,
        "Categories of personal data": activity.data,
        "Recipients": activity.recipients,
        "Regions of the data": regions,
        "Transfers to third countries": transfers or ["none"],
        "Time limits for erasure": [_retention(platform)],
    }
    yield from (f"## {escaped(activity.name)}", "", "| what | stated |", "|---|---|")
    yield from (f"| {what} | {escaped('; '.join(stated))} |" for what, stated in rows.items())
    yield ""


def _retention(platform: Platform) -> str:
    if platform.logging is None:
        return "the stack keeps no logs and no audit trail of predictions"
    days = platform.logging.retention_days
    return f"logs and the audit trail of predictions are deleted {days} days after their day, by their lifecycle"


def _measures(report: Report) -> Iterator[str]:
    """Only what a rule has judged: one that found nothing to judge proves nothing."""
    rules = [each for each in report.rules if any(map(_is_of_security, each.rule.controls))]
    yield from ("## Technical and organisational measures", "")
    yield "Rules of the policy pack that serve Articles 25 and 32, and what they found of the stack's resources."
    yield from ("", "| rule | what it proves | state |", "|---|---|---|")
    yield from (_measure(each) for each in _judged(rules))
    yield ""


def _is_of_security(control: Control) -> bool:
    return control.standard == "GDPR" and control.id in _SECURITY


def _judged(rules: Sequence[RuleReport]) -> Iterator[RuleReport]:
    return (each for each in rules if each.status not in (Status.NOT_APPLICABLE, Status.OFF))


def _measure(report: RuleReport) -> str:
    return f"| {escaped(report.rule.id)} | {escaped(report.rule.title)} | {escaped(report.status)} |"
