"""§ 7.305 Compliance assessments."""

from __future__ import annotations

from kycrule.expr import Period

CIP_FURNISHING = Period(days=10, cites="7.305(a)", says="the time to furnish a copy of a CIP to the Department")
