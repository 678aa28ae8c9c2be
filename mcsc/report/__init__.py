"""What a diagram says, as one record; words and a page are made of it."""

from mcsc.report.findings import findings
from mcsc.report.record import Findings
