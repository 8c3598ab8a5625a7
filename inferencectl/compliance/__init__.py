"""The compliance report: what the policies prove of each control of each standard, and what they cannot."""

from inferencectl.compliance.pages import Pages
from inferencectl.compliance.report import Report, report_of, summary

__all__ = ["Pages", "Report", "report_of", "summary"]
