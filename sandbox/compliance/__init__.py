"""The compliance report: what the policies prove of each control of each standard, and what they cannot."""

from sandbox.compliance.pages import Pages
from sandbox.compliance.report import Report, report_of, summary

__all__ = ["Pages", "Report", "report_of", "summary"]
