"""What a user may hand in, told from the records and the forms of their cells: tables, and a file of providers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from kycrule import cells, faults
from kycrule.cells import Form
from kycrule.config import Setting
from kycrule.intake.columns import INLINE, REQUIRED, TABLES, columns_of
from kycrule.records import Column, Provider, Record, Reseller, SpecialMeasure
from kycrule.reports.schemas import meanings

TITLES: Final = {
    "customers": "Customers: one row for each account",
    "owners": "Owners: the individuals who may be beneficial owners",
    "accesses": "Accesses: one row for each use of an account",
    "stakes": "Stakes: who owns the customer, through whom",
    "training": "Training: transactions that may train a large AI model",
    "providers": "Providers: a TOML file with `[[providers]]`",
    "resellers": "Resellers: `[[resellers]]` in the same file",
    "special_measures": "Special measures: `[[special_measures]]` in the same file, or in one of their own",
}
"""Every kind of input, in the order in which a reader meets them."""

LISTED: Final[dict[str, type[Record]]] = {
    "providers": Provider,
    "resellers": Reseller,
    "special_measures": SpecialMeasure,
}
"""What a TOML file may list, each with the record that an entry is."""

WRITTEN: Final = (
    "CSV in UTF-8 with a header, columns in any order, also as gzip or zstd. A blank cell is unknown. "
    "Members of a list stand between semicolons. Countries are ISO 3166-1 codes, dates `YYYY-MM-DD`, times "
    "RFC 3339 with an offset, shares percentages with at most 12 decimals."
)
"""How files are written."""

_EXAMPLES: Final[dict[str, str]] = {
    cells.DATE.name: "2024-06-01",
    cells.YES_NO.name: "true",
    cells.COUNTRY.name: '"US"',
    cells.TEXTS.name: '["..."]',
    cells.EMAIL.name: '"name@example.com"',
    cells.PHONE.name: '"+1 202 555 0100"',
    cells.COUNT.name: "100",
}

_OPENING: Final = """\
# Who serves the accounts of customers.csv. What is not known stays out: absent is unknown, never "no".
# Fill a line in and take away the # before it. Dates stand as 2024-06-01, yes and no as true and false, countries as
# ISO 3166-1 codes, and texts in quotes. `kycrule config` is about options; this file is about facts.
"""


def header(table: str) -> str:
    """The first line of a CSV file of a table, with every column.

    >>> header("accesses")
    'account_id,ip,at,action'
    """
    return ",".join(column.name for column in columns_of(table))


def meaning(table: str, column: Column) -> str:
    """What a column of a table says."""
    if column is INLINE:
        return "accesses as `ip@time`, with `;` between them"
    return meanings(TABLES[table] if table in TABLES else LISTED[table])[column.name].replace("``", "`")


def columns(what: str) -> tuple[Column, ...]:
    """The columns of a table, or the keys of an entry in a TOML file."""
    return columns_of(what) if what in TABLES else LISTED[what].columns()


def markdown(what: str) -> str:
    """The columns of a kind of input as a table in Markdown, under its title."""
    lines = [f"## {TITLES[what]}", "", "| column | form | meaning |", "|---|---|---|"]
    for column in columns(what):
        form = " / ".join(f"`{choice}`" for choice in column.form.choices) or column.form.name
        lines.append(f"| `{column.name}` | {form} | {meaning(what, column)} |")
    return "\n".join(lines)


def dictionary() -> str:
    """The data dictionary of all inputs, in Markdown."""
    parts = [
        "# Data dictionary",
        "Made by `kycrule init`. The proposed rule (15 CFR 7.300-7.310) was never in force; this is no legal advice.",
        f"{WRITTEN} {_required()}",
        "\n".join(_forms()),
        *map(markdown, TITLES),
    ]
    return "\n\n".join(parts) + "\n"


def _required() -> str:
    listed = ", ".join(f"`{name}`" for name in REQUIRED)
    return f"No row may leave blank {listed}; every other cell may be blank, and a column that nobody fills left out."


def _forms() -> Iterator[str]:
    yield from ("## Forms", "", "| form | most characters | how to write it |", "|---|---|---|")
    used = (column.form for what in TITLES for column in columns(what) if not column.form.choices)
    for form in _once(used):
        longest = f"{form.longest:,} each" if form.many else f"{form.longest:,}"
        yield f"| {form.name} | {longest} | {_how(form)} ({form.fault.code}) |"


def _how(form: Form) -> str:
    if form.fault is not faults.CONTROL_CHARACTER:
        return form.fault.remedy
    return "Any text without control characters" + (", tabs and line ends." if form.pattern else ".")


def _once(forms: Iterable[Form]) -> tuple[Form, ...]:
    return tuple({form.name: form for form in forms}.values())


def providers_file() -> str:
    """A TOML file of one provider of whom nothing is known yet, with every other key in a comment."""
    parts = [_OPENING]
    for what in Setting.__dataclass_fields__:
        record = LISTED[what]
        mark = "" if what == "providers" else "# "
        parts.append(f"# {(record.__doc__ or '').partition(chr(10))[0]}\n{mark}[[{what}]]")
        for column in record.columns():
            told = f"{column.name} = {_example(what, column)}  # {meaning(what, column)}"
            parts.append(told if column.name == "id" and not mark else f"# {told}")
        parts.append("")
    return "\n".join(parts).rstrip("\n") + "\n"


def _example(what: str, column: Column) -> str:
    if column.name == "id":
        return f'"{what.removesuffix("s")}"'
    if column.form.choices:
        return f'"{column.form.choices[0]}"'
    return _EXAMPLES.get(column.form.name, '"..."')
