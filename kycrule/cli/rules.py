"""The commands that tell what the rule says: rules, readings, explanations, and where it stands in law."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import kycrule
from kycrule.cli.arguments import File, Flag
from kycrule.cli.telling import say
from kycrule.errors import DefinitionError, ExitCode
from kycrule.faults import FAULTS
from kycrule.law import SUBPART_D
from kycrule.nearest import did_you_mean
from kycrule.pages import told_reading, told_rule, wrapped
from kycrule.readings import READINGS


def explain(
    code: str | None = None,
    /,
    *,
    account: Annotated[str | None, Parameter(metavar="ID")] = None,
    run: Annotated[Path | None, Parameter(metavar="DIR")] = None,
    key: File = None,
) -> int:
    """Explain a rule (K302-04), a fault of input (K910), or an account.

    Of an account (--account ID --run DIR) it tells what the run determined and why, what is missing, and what is to
    be reported by when.

    Example: kycrule explain K302-04

    Parameters
    ----------
    code
        The code, or the name in kebab-case.
    account
        The account to explain instead.
    run
        The run folder of kycrule check that has the account.
    key
        The file of a key, if the run is sealed.
    """
    if code is not None and account is None and run is None:
        return _explain_code(code)
    if code is not None or account is None or run is None:
        message = "Name what to explain: a code, such as K302-04, or an account with --account ID and --run DIR."
        raise DefinitionError(message)
    from kycrule import reports

    with reports.opened(run, key) as source:
        say(reports.story(source, account=account))
    return ExitCode.DONE


def _explain_code(code: str) -> int:
    wanted = code.strip().lower()
    for rule in SUBPART_D.rules:
        if wanted in {rule.code.lower(), rule.name}:
            say(told_rule(rule))
            return ExitCode.DONE
    for fault in FAULTS:
        if wanted in {fault.code.lower(), fault.name}:
            say(f"{fault.code} {fault.name}\n\n{wrapped(fault.says)}\n\n{wrapped(fault.remedy)}")
            return ExitCode.DONE
    names = [name for rule in SUBPART_D.rules for name in (rule.code, rule.name)]
    names += [name for fault in FAULTS for name in (fault.code, fault.name)]
    message = f"There is no rule or fault {code!r}.{did_you_mean(code, names)}"
    raise DefinitionError(message)


def rules(*, coverage: Flag = False) -> int:
    """List every rule, in the order of the regulation.

    Example: kycrule rules

    Parameters
    ----------
    coverage
        List every paragraph instead: what models it, or why nothing does.
    """
    if coverage:
        from kycrule.coverage import table

        for covered in table():
            told = "; ".join(f"{carrier.kind} {carrier.name}" for carrier in covered.by)
            say(f"{covered.paragraph:<48} {'; '.join(filter(None, (told, covered.reason)))}")
        return ExitCode.DONE
    for rule in SUBPART_D.rules:
        say(f"{rule.code}  {rule.name:<34} {rule.cites:<26} {rule.says}")
    return ExitCode.DONE


def readings(name: str | None = None, /) -> int:
    """List the open questions of the rule, or explain one.

    Example: kycrule readings foreign_subsidiary

    Parameters
    ----------
    name
        The reading to explain.
    """
    if name is None:
        for reading in READINGS:
            values = ", ".join(option.value for option in reading.options)
            say(f"{reading.name}\n{wrapped(reading.question, '    ')}\n    {values} (the first is the default)")
        return ExitCode.DONE
    for reading in READINGS:
        if reading.name == name:
            say(told_reading(reading))
            return ExitCode.DONE
    message = f"There is no reading {name!r}.{did_you_mean(name, [reading.name for reading in READINGS])}"
    raise DefinitionError(message)


def status() -> int:
    """Say where the rule stands in law: proposed, never in force.

    Example: kycrule status
    """
    say("\n".join(wrapped(line) for line in str(kycrule.status()).splitlines()))
    return ExitCode.DONE
