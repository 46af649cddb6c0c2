"""The sections of the page, each made from the summary of a run."""

from __future__ import annotations

from kycrule.page.answers import accesses, countries, dispositions, reports, undetermined
from kycrule.page.background import basis, comparison, quarantine, watch
from kycrule.page.findings import findings
from kycrule.page.model import Section, Summary

_MAKERS = (
    dispositions,
    findings,
    undetermined,
    countries,
    accesses,
    reports,
    quarantine,
    comparison,
    watch,
    basis,
)


def sections(summary: Summary) -> tuple[Section, ...]:
    """All sections that the summary has something for, in the order of the page."""
    return tuple(section for make in _MAKERS if (section := make(summary)) is not None)
