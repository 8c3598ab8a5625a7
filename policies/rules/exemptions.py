"""X01: an exemption is a debt, with a debtor and a date.

Whether one is used is seen only after all rules have been judged: see ``exemption_audit``.
"""

from rule import CatalogueEntry, Severity

RULES = (
    CatalogueEntry(
        id="X01",
        title="Exemptions are needed and have not expired",
        why="An exemption that has expired, or that nothing needs any more, hides the next violation of the same rule.",
        severity=Severity.HIGH,
        remedy="Fix the violation and remove the exemption, or have its owner set a new date in expires.",
    ),
)
