"""What a diagram says, as one record; words and a page are made of it."""

from mcsc.report.findings import Findings, findings
