"""``kycrule findings``: what a run found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from kycrule.cli.arguments import File, Quiet
from kycrule.cli.formats import FailOn, Format, Found, reached, write
from kycrule.cli.formats import findings as formatted
from kycrule.cli.telling import tell
from kycrule.errors import DefinitionError, ExitCode
from kycrule.findings import Outcome
from kycrule.law import SUBPART_D
from kycrule.nearest import did_you_mean

if TYPE_CHECKING:
    from kycrule.reports import Run


def findings(
    *,
    run: Annotated[Path, Parameter(metavar="DIR")],
    key: File = None,
    rule: Annotated[tuple[str, ...], Parameter(negative=(), metavar="CODE")] = (),
    outcome: Annotated[Literal["violated", "undetermined"] | None, Parameter(metavar="OUTCOME")] = None,
    account: Annotated[str | None, Parameter(metavar="ID")] = None,
    format: Annotated[Format, Parameter(metavar="FORMAT")] = "text",  # noqa: A002 - the option's name
    fail_on: Annotated[FailOn, Parameter(metavar="WHEN")] = "never",
    quiet: Quiet = False,
) -> int:
    """List the findings of a run.

    Example: kycrule findings --run run --rule K302-04 --format csv

    Parameters
    ----------
    run
        The run folder of kycrule check.
    key
        The file of a key, if the run is sealed.
    rule
        Only of this rule: its code, or its name in kebab-case.
    outcome
        Only those with this outcome.
    account
        Only of this account.
    format
        How to write them; github has one annotation for each rule.
    fail_on
        Exit 1 when such findings are listed.
    quiet
        Say nothing but errors.
    """
    codes = frozenset(_code(name) for name in rule)
    from kycrule import reports

    with reports.opened(run, key) as source:
        found = _Findings(source, codes, outcome, account)
        write(formatted(found, format))
    if not quiet:
        told = ", ".join(f"{found.counts[each]:,} {each}" for each in (Outcome.VIOLATED, Outcome.UNDETERMINED))
        tell(f"{found.counts.total():,} findings: {told}.")
    return ExitCode.FOUND if reached(fail_on, found.counts) else ExitCode.DONE


def _code(name: str) -> str:
    wanted = name.strip().lower()
    for rule in SUBPART_D.rules:
        if wanted in {rule.code.lower(), rule.name}:
            return rule.code
    names = [known for rule in SUBPART_D.rules for known in (rule.code, rule.name)]
    message = f"There is no rule {name!r}.{did_you_mean(name, names)} See: kycrule rules."
    raise DefinitionError(message)


@dataclass(slots=True)
class _Findings:
    """The findings of a run, read anew each time.

    Attributes:
        run: the run.
        codes: the rules; every rule if there is none.
        outcome: the only outcome.
        account: the only account.
        counts: how many there are of each outcome, once they were read.
    """

    run: Run
    codes: frozenset[str]
    outcome: str | None
    account: str | None
    counts: Counter[Outcome] = field(default_factory=Counter[Outcome])

    def __iter__(self) -> Iterator[Found]:
        self.counts.clear()
        for account_id, finding in self.run.findings():
            if (
                finding.code in (self.codes or (finding.code,))
                and finding.outcome == (self.outcome or finding.outcome)
                and account_id == (self.account or account_id)
            ):
                self.counts[finding.outcome] += 1
                yield Found(account_id=account_id, finding=finding)
