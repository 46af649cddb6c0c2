"""``kycrule sql``: the determination as views over the tables of a warehouse."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from kycrule.cli.arguments import Day, File, Flag, Named, day, pairs
from kycrule.cli.formats import write
from kycrule.errors import ExitCode
from kycrule.readings import named


def sql(
    *,
    dialect: Annotated[
        Literal["duckdb", "spark", "postgres", "bigquery", "snowflake"], Parameter(metavar="DIALECT")
    ] = "duckdb",
    table: Annotated[tuple[str, ...], Parameter(negative=(), metavar="NAME=TABLE")] = (),
    columns: Annotated[tuple[str, ...], Parameter(negative=(), metavar="NAME=COLUMN,COLUMN")] = (),
    providers: File = None,
    as_of: Day = None,
    reading: Named = (),
    name: Annotated[str, Parameter(metavar="NAME")] = "kycrule",
    create_tables: Flag = False,
) -> int:
    """Print SQL views that determine the accounts of your own tables.

    Example: kycrule sql --dialect postgres --table customers=crm.accounts --table owners=crm.owners

    Parameters
    ----------
    dialect
        duckdb, spark, postgres, bigquery or snowflake.
    table
        Your table for customers, owners, accesses or training.
    columns
        The columns that one of these has, if not all.
    providers
        TOML of providers, resellers and measures.
    as_of
        The date as of which it is asked; today (UTC).
    reading
        A choice for an open question of the rule.
    name
        How the names of the views begin.
    create_tables
        Print the tables that the views read instead.
    """
    from kycrule.views import contract, views

    if create_tables:
        write([contract(dialect)])
        return ExitCode.DONE
    text = views(
        dialect,
        pairs(table, "--table"),
        columns={role: names.split(",") for role, names in pairs(columns, "--columns").items()},
        providers=providers,
        as_of=day(as_of),
        readings=named(pairs(reading, "--reading")),
        name=name,
    )
    write([text])
    return ExitCode.DONE
