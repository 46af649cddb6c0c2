"""``kycrule sql``: the determination as views over the tables of a warehouse."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from kycrule.cli.arguments import Day, File, Flag, Named, day, pairs
from kycrule.cli.telling import say
from kycrule.errors import ExitCode
from kycrule.readings import named

_TABLE = Annotated[str | None, Parameter(metavar="TABLE")]


def sql(
    *,
    dialect: Annotated[
        Literal["duckdb", "spark", "postgres", "bigquery", "snowflake"], Parameter(metavar="DIALECT")
    ] = "duckdb",
    customers: Annotated[str, Parameter(metavar="TABLE")] = "customers",
    owners: _TABLE = None,
    accesses: _TABLE = None,
    training: _TABLE = None,
    columns: Annotated[tuple[str, ...], Parameter(negative=(), metavar="TABLE=NAME,NAME")] = (),
    providers: File = None,
    as_of: Day = None,
    reading: Named = (),
    name: Annotated[str, Parameter(metavar="NAME")] = "kycrule",
    tables: Flag = False,
) -> int:
    """Print SQL views that determine the accounts of your own tables.

    Example: kycrule sql --dialect postgres --customers crm.accounts --owners crm.owners --providers providers.toml

    Parameters
    ----------
    dialect
        duckdb, spark, postgres, bigquery or snowflake.
    customers
        Your table of customers.
    owners
        Your table of beneficial owners.
    accesses
        Your table of accesses.
    training
        Your table of training transactions.
    columns
        The columns that one of these tables has, if not all.
    providers
        TOML of providers, resellers and measures.
    as_of
        The date as of which it is asked; today (UTC).
    reading
        A choice for an open question of the rule.
    name
        How the names of the views begin.
    tables
        Print the tables that the views read instead.
    """
    from kycrule.views import contract, views

    if tables:
        say(contract(dialect).rstrip())
        return ExitCode.DONE
    sources = {"customers": customers, "owners": owners, "accesses": accesses, "training": training}
    text = views(
        dialect,
        {role: source for role, source in sources.items() if source is not None},
        columns={role: names.split(",") for role, names in pairs(columns, "--columns").items()},
        providers=providers,
        as_of=day(as_of),
        readings=named(pairs(reading, "--reading")),
        name=name,
    )
    say(text.rstrip())
    return ExitCode.DONE
