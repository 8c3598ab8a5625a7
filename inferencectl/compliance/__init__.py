"""The compliance report: what the policies show for each control of each standard, and what they cannot show."""

from inferencectl.compliance.pages import Pages
from inferencectl.compliance.report import Report, report_of, summary

__all__ = ["Pages", "Report", "report_of", "summary"]
