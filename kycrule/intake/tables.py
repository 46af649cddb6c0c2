"""From files to the tables that an engine judges, with every row accounted for.

A file that is proven regular is read by the engine itself, as text; any other is read here row by
row, and the engine gets what is well formed. Either way the engine's count of rows must equal one
that was made without it. Cells become values in SQL; a row with a cell that is not in its form is
read again in Python, which says what is wrong.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from kycrule import addresses, cells, faults, formulas
from kycrule.cells import CellError, Form
from kycrule.errors import AddressError, DefinitionError, EngineError
from kycrule.faults import FAULTS, Fault
from kycrule.intake import jsonl, shares, typed
from kycrule.intake.accounting import Accounting
from kycrule.intake.handover import own_file, regular_file, restored, written
from kycrule.intake.quarantine import COLUMNS, Quarantine
from kycrule.intake.rows import Counts, Row, header, regular, rows
from kycrule.intake.source import Source, failed, prepare
from kycrule.literals import quoted
from kycrule.records import NOBODY, Access, BeneficialOwner, Column, Customer, Record, Stake, TrainingTransaction

Execute = Callable[[str], list[tuple[Any, ...]]]

INLINE: Final = Column("ip_addresses", cells.TEXT)
"""Accesses in a cell of the customers file: ``ip@time`` with ``;`` between them."""

_SLICE: Final = 100_000
_CODES: Final = {fault.code: fault for fault in FAULTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The files of a run, and how they are written.

    Attributes:
        customers: a path, or ``-`` for standard input.
        owners: a path of beneficial owners, if there is one.
        accesses: a path of accesses, if there is one.
        training: a path of training transactions, if there is one.
        stakes: a path of stakes, if there is one.
        delimiter: the character between fields.
        mapping: names of their columns, mapped to ours.
        format: ``csv`` or ``jsonl`` for the customers; None goes by the name.
    """

    customers: str
    owners: str | None = None
    accesses: str | None = None
    training: str | None = None
    stakes: str | None = None
    delimiter: str = ","
    mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    format: str | None = None


def load(execute: Execute, inputs: Inputs, workspace: Path, providers: Sequence[str] | None) -> tuple[Accounting, ...]:
    """Make the tables ``customers``, ``owners``, ``accesses``, ``training``, ``unread`` and ``quarantine``.

    Where there are stakes, ``owners`` has the shares that they come to. ``stake_remarks`` counts what is
    remarkable about them.

    Args:
        execute: runs a statement on the engine and gives its rows.
        inputs: the files.
        workspace: a private folder for what is thrown away.
        providers: the ids that ``served_by`` may name; None if nothing is known of who serves.

    Returns:
        The accounting of each file, that of the customers first.

    Raises:
        InputError: a file cannot be read at all.
        DefinitionError: the delimiter or the mapping is not usable.
        EngineError: the engine's count of rows differs from ours.
    """
    path = workspace / "quarantine.csv"
    with written(path) as keep:
        quarantine = Quarantine(keep)
        intake = _Intake(execute, inputs, workspace, quarantine)
        accounts = intake.run(providers)
    intake.read_quarantine(path)
    return accounts


@dataclass(slots=True, kw_only=True)
class _File:
    """A file on its way in: its text is in the table ``{role}_text``.

    Attributes:
        role: ``customers``, ``owners``, ``accesses``, ``training`` or ``stakes``.
        columns: ours, each with its place in the file.
        again: reads its rows once more, for those that are wrong.
        accounting: what has become of its rows so far.
        sorted_out: whether it was read here row by row; what bad rows mention is then in ``{role}_suspects``.
    """

    role: str
    columns: Mapping[int, Column]
    again: Callable[[], Iterator[Row]]
    accounting: Accounting
    sorted_out: bool = False


class _Intake:
    def __init__(self, execute: Execute, inputs: Inputs, workspace: Path, quarantine: Quarantine) -> None:
        self._execute = execute
        self._inputs = inputs
        self._workspace = workspace
        self._quarantine = quarantine
        self._mapping = {theirs.strip().lower(): ours for theirs, ours in inputs.mapping.items()}
        self._mapped: set[str] = set()
        self._present: dict[str, frozenset[str]] = {}
        self._separator = cells.SEPARATOR
        if len(inputs.delimiter.encode()) != 1 or inputs.delimiter in '"\r\n':
            message = "The delimiter is one ASCII character, and neither a quote nor a line end."
            raise DefinitionError(message)

    def run(self, providers: Sequence[str] | None) -> tuple[Accounting, ...]:
        inputs = self._inputs
        nested = inputs.format == "jsonl" if inputs.format else _is_jsonl(inputs.customers)
        # A row's number is its place in the file: the engine keeps to that while it reads.
        self._execute("SET preserve_insertion_order = true")
        if nested:
            if inputs.owners or inputs.accesses or inputs.stakes:
                message = (
                    "In JSON lines, owners, accesses and stakes stand inside each customer; leave the other files out."
                )
                raise DefinitionError(message)
            customers, owners, accesses, stakes = self._json(inputs.customers), None, None, None
        else:
            customers = self._csv("customers", Customer, inputs.customers)
            owners = self._companion("owners", BeneficialOwner, inputs.owners)
            accesses = self._companion("accesses", Access, inputs.accesses)
            stakes = self._companion("stakes", Stake, inputs.stakes)
        training = self._companion("training", TrainingTransaction, inputs.training)
        self._all_mapped()
        self._separator = jsonl.SEPARATOR if nested else cells.SEPARATOR
        self._read_addresses()
        self._read_customers(customers, providers)
        self._execute("CREATE TABLE unread_rows (account_id VARCHAR, owners BOOLEAN, accesses BOOLEAN)")
        self._read_owners(owners)
        self._read_accesses(accesses)
        self._read_training(training)
        self._read_stakes(stakes)
        shares.add_up(self._execute, self._workspace)
        self._execute(
            "CREATE TABLE unread AS SELECT account_id, bool_or(owners) AS owners, bool_or(accesses) AS accesses "
            "FROM unread_rows GROUP BY account_id"
        )
        self._execute("SET preserve_insertion_order = false")
        return tuple(file.accounting for file in (customers, owners, accesses, training, stakes) if file is not None)

    def read_quarantine(self, path: Path) -> None:
        """Make the table ``quarantine`` of what was written."""
        texts = ("file", "code", "column_name", "reason", "raw")
        columns = ", ".join(
            restored(name) if name in texts else f"CAST({name} AS BIGINT) AS {name}" for name in COLUMNS
        )
        self._execute(f"CREATE TABLE quarantine AS SELECT {columns} FROM {own_file(path, COLUMNS)}")
        self._agree("quarantine", self._quarantine.count)

    # Files into tables of text --------------------------------------------------------------------

    def _companion(self, role: str, model: type[Record], given: str | None) -> _File | None:
        if given is not None:
            return self._csv(role, model, given)
        self._execute(f"CREATE TABLE {role}_text (record BIGINT)")
        self._present[role] = frozenset()
        return None

    def _csv(self, role: str, model: type[Record], given: str) -> _File:
        source = prepare(given, self._workspace)
        delimiter = self._inputs.delimiter
        names, start, line = header(source.path, source.start, delimiter)
        columns, ignored = self._columns(source.name, model, names)
        accounting = _accounting(source, ignored)
        self._present[role] = frozenset(column.name for column in columns.values())
        width = len(names)

        def again() -> Iterator[Row]:
            return rows(source.path, start, line, width, delimiter, counts=Counts())

        file = _File(role=role, columns=columns, again=again, accounting=accounting)
        proven = regular(source.path, start, width, delimiter)
        if proven is None or not self._taken_whole(file, source.path, width, proven):
            counts = Counts()
            self._sort_out(file, rows(source.path, start, line, width, delimiter, counts=counts))
            accounting.blank_lines = counts.blank_lines
            if counts.end != source.path.stat().st_size:
                message = f"{source.name}: not every byte was read. Nothing was written; this is a defect of kycrule."
                raise EngineError(message)
            proven = counts.records
        accounting.records = proven
        return file

    def _columns(
        self, name: str, model: type[Record], titles: Sequence[str]
    ) -> tuple[dict[int, Column], tuple[str, ...]]:
        """Ours among the columns of a file, by their places, and the titles of the others."""
        known = {column.name: column for column in _columns_of(model)}
        columns: dict[int, Column] = {}
        ignored: list[str] = []
        if not any(title.strip() for title in titles):
            raise failed(name, faults.NO_HEADER)
        for place, title in enumerate(titles):
            plain = title.strip().lower()
            ours = self._mapping.get(plain, plain)
            self._mapped |= {plain} & self._mapping.keys()
            if ours not in known:
                ignored.append(title.strip() or f"column {place + 1}")
            elif known[ours] in columns.values():
                raise failed(
                    name, faults.DUPLICATE_COLUMN, f"{ours} stands there twice. {faults.DUPLICATE_COLUMN.remedy}"
                )
            else:
                columns[place] = known[ours]
        needed = {"account_id", "ip", "transaction_id", "holder"} & known.keys()
        missing = needed - {column.name for column in columns.values()}
        if missing:
            told = f"There is no {' and no '.join(sorted(missing))}. {_hint(titles, self._inputs.delimiter)}"
            raise failed(name, faults.MISSING_COLUMN, told)
        return columns, tuple(ignored)

    def _all_mapped(self) -> None:
        known = {column.name for model in _MODELS for column in _columns_of(model)}
        strange = sorted(set(self._mapping.values()) - known)
        if strange:
            message = f"--map THEIRS=OURS: not a column of ours: {', '.join(strange)}."
            raise DefinitionError(message)
        absent = sorted(self._mapping.keys() - self._mapped)
        if absent:
            message = f"--map THEIRS=OURS: no file has a column named {', '.join(absent)}."
            raise DefinitionError(message)

    def _taken_whole(self, file: _File, path: Path, width: int, proven: int) -> bool:
        """Let the engine read a regular file; whether it found all of its records."""
        # Under a name of our own: no character of the path can mean anything to the engine.
        link = self._workspace / f"{file.role}.csv"
        link.symlink_to(path.absolute())
        listed = ", ".join(f'c{place} AS "{column.name}"' for place, column in file.columns.items())
        source = regular_file(link, [f"c{place}" for place in range(width)], self._inputs.delimiter)
        try:
            self._execute(
                f"CREATE OR REPLACE TABLE {file.role}_text AS "
                f"SELECT row_number() OVER () AS record, {listed} FROM {source}"
            )
        except EngineError:
            return False
        return self._count(f"{file.role}_text") == proven

    def _sort_out(self, file: _File, found: Iterable[Row]) -> None:
        """Put the bad rows of a file in quarantine, and let the engine read the good ones."""
        path, suspected = self._workspace / f"{file.role}.good.csv", self._workspace / f"{file.role}.suspects.csv"
        places = tuple(file.columns)
        good = suspects = 0
        with written(path) as keep, written(suspected) as suspect:
            for row in found:
                if row.fault is None:
                    keep((row.record, *(row.fields[place] for place in places)))
                    good += 1
                    continue
                self._quarantine.add(file.accounting.name, row, [("", row.fault, row.fault.says)])
                file.accounting.quarantined += 1
                # A row that cannot be told apart may belong to any account that it mentions.
                for text in sorted({formulas.unguard(field).strip(cells.BLANKS + '"') for field in row.fields} | {""}):
                    suspect((row.record, text))
                    suspects += 1
        self._read_own(f"{file.role}_text", path, [column.name for column in file.columns.values()], good)
        self._read_own(f"{file.role}_suspects", suspected, ["text"], suspects)
        file.sorted_out = True

    def _json(self, given: str) -> _File:
        source = prepare(given, self._workspace)
        accounting = _accounting(source, ())
        counts = Counts()
        tables: dict[str, type[Record]] = {
            "customers": Customer,
            "owners": BeneficialOwner,
            "accesses": Access,
            "stakes": Stake,
        }
        paths = {role: self._workspace / f"{role}.good.csv" for role in tables}
        lines = dict.fromkeys(tables, 0)
        with ExitStack() as files:
            keep = {role: files.enter_context(written(path)) for role, path in paths.items()}
            for row in jsonl.rows(source.path, source.start, counts):
                customer, wrong = jsonl.customer(row)
                if customer is None:
                    self._quarantine.add(source.name, row, wrong)
                    accounting.quarantined += 1
                    continue
                keep["customers"]((row.record, *jsonl.cells(customer)))
                lines["customers"] += 1
                inside = {"owners": customer.owners, "accesses": customer.accesses, "stakes": customer.stakes}
                for role, members in inside.items():
                    for member in members:
                        named = member.model_copy(update={"account_id": customer.account_id})
                        keep[role]((row.record, *jsonl.cells(named)))
                    lines[role] += len(members)
        accounting.records = counts.records
        accounting.blank_lines = counts.blank_lines
        for role, model in tables.items():
            names = [column.name for column in model.columns()]
            self._present[role] = frozenset(names)
            self._read_own(f"{role}_text", paths[role], names, lines[role])
        return _File(
            role="customers",
            columns={},
            again=lambda: jsonl.rows(source.path, source.start, Counts()),
            accounting=accounting,
        )

    def _read_own(self, table: str, path: Path, names: Sequence[str], count: int) -> None:
        """Let the engine read a file that was written here: a number and cells."""
        listed = ", ".join(map(restored, names))
        source = own_file(path, ("record", *names))
        self._execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT CAST(record AS BIGINT) AS record, {listed} FROM {source}"
        )
        self._agree(table, count)

    # Tables of text into tables of values ---------------------------------------------------------

    def _read_addresses(self) -> None:
        """Judge each distinct address once, in Python: ``addresses`` maps its text to what it is."""
        texts = "SELECT ip FROM inline"
        if "ip" in self._present["accesses"]:
            texts += f" UNION ALL SELECT {typed.trimmed('ip')} FROM accesses_text"
        self._execute(f"CREATE TABLE inline AS {self._inline()}")
        self._execute(
            "CREATE TABLE address_texts AS SELECT row_number() OVER () AS place, ip FROM "
            f"(SELECT DISTINCT ip FROM ({texts}) AS a WHERE ip IS NOT NULL) AS d"
        )
        path = self._workspace / "addresses.csv"
        count = 0
        with written(path) as keep:
            for place, text in self._paged("address_texts", "place", "ip"):
                try:
                    keep((place, addresses.canonical(text), addresses.is_globally_reachable(text)))
                except AddressError:
                    continue
                count += 1
        self._read_own("address_values", path, ("ip", "reachable"), count)
        self._execute(
            "CREATE TABLE addresses AS SELECT t.ip AS text, v.ip, CAST(v.reachable AS BOOLEAN) AS reachable "
            "FROM address_texts AS t JOIN address_values AS v ON v.record = t.place"
        )

    def _inline(self) -> str:
        """The accesses that stand in cells of the customers file, as texts."""
        if INLINE.name not in self._present["customers"]:
            nothing = "CAST(NULL AS VARCHAR)"
            return f"SELECT record, {nothing} AS ip, {nothing} AS used_at FROM customers_text WHERE FALSE"
        ip = "split_part(member, '@', 1)"
        at = f"substr(member, length({ip}) + 2)"
        members = f"unnest(string_split({INLINE.name}, {quoted(cells.SEPARATOR)}))"
        return (
            f"SELECT record, {typed.trimmed(ip)} AS ip, {typed.trimmed(at)} AS used_at "
            f"FROM (SELECT record, {members} AS member FROM customers_text) AS m "
            f"WHERE {typed.trimmed('member')} IS NOT NULL"
        )

    def _read_customers(self, file: _File, providers: Sequence[str] | None) -> None:
        self._execute(
            "CREATE TABLE inline_wrong AS SELECT DISTINCT i.record FROM inline AS i "
            "LEFT JOIN addresses AS a ON a.text = i.ip "
            f"WHERE a.ip IS NULL OR (i.used_at IS NOT NULL AND NOT {typed.holds(cells.TIME, 'i.used_at')})"
        )
        self._read_cells("customers", Customer, "t.record NOT IN (SELECT record FROM inline_wrong)")
        self._execute(
            "CREATE TABLE account_counts AS SELECT account_id, count(*) AS times, min(record) AS record "
            "FROM customers_read WHERE account_id IS NOT NULL GROUP BY account_id"
        )
        wrong = [
            f"SELECT record, {quoted(faults.DUPLICATE_ACCOUNT_ID.code)} AS code FROM customers_read "
            "WHERE account_id IN (SELECT account_id FROM account_counts WHERE times > 1)"
        ]
        serving = "served_by"
        if providers is None:
            serving = quoted(NOBODY.id)
        else:
            if len(providers) == 1:
                serving = f"COALESCE(served_by, {quoted(providers[0])})"
            listed = ", ".join(quoted(provider) for provider in providers)
            wrong += [
                f"SELECT record, {quoted(fault.code)} FROM customers_read WHERE ok AND {condition}"
                for fault, condition in (
                    (faults.UNKNOWN_PROVIDER, f"{serving} NOT IN ({listed})"),
                    (faults.UNNAMED_PROVIDER, f"{serving} IS NULL"),
                )
            ]
        self._reject(file, wrong)
        self._execute(
            f"CREATE VIEW customers AS SELECT * REPLACE ({serving} AS served_by) FROM customers_read "
            "WHERE record NOT IN (SELECT record FROM customers_wrong)"
        )
        self._execute(
            "CREATE TABLE account_keys AS SELECT k.account_id, k.times = 1 AND w.record IS NULL AS judged "
            "FROM account_counts AS k LEFT JOIN customers_wrong AS w ON w.record = k.record"
        )
        file.accounting.good = self._count("customers")

    def _read_owners(self, file: _File | None) -> None:
        self._read_cells("owners", BeneficialOwner)
        twice = (
            f"SELECT r.record, {quoted(faults.DUPLICATE_OWNER_ID.code)} FROM owners_read AS r JOIN ("
            "SELECT account_id, owner_id FROM owners_read WHERE owner_id IS NOT NULL GROUP BY account_id, owner_id "
            "HAVING count(*) > 1) AS d ON d.account_id = r.account_id AND d.owner_id = r.owner_id"
        )
        good = self._attach(file, "owners", faults.OWNER_WITHOUT_ACCOUNT, twice)
        # Only an owner without an id is called by its place among the owners of the account.
        unnamed = self._execute("SELECT count(*) FROM owners_read WHERE owner_id IS NULL")[0][0]
        place = "row_number() OVER (PARTITION BY account_id ORDER BY record, row)" if unnamed else "row"
        self._execute(
            f"CREATE VIEW owners AS SELECT * FROM (SELECT *, {place} AS owner_pos FROM owners_read) AS r WHERE {good}"
        )
        if file is not None:
            file.accounting.good = self._count("owners")

    def _read_accesses(self, file: _File | None) -> None:
        self._read_cells("accesses", Access)
        good = self._attach(file, "accesses", faults.ACCESS_WITHOUT_ACCOUNT)
        self._execute(
            'CREATE VIEW accesses AS SELECT account_id, ip, ip_reachable, "at", action FROM accesses_read AS r '
            f"WHERE {good} UNION ALL SELECT c.account_id, a.ip, a.reachable, {typed.value(cells.TIME, 'i.used_at')}, "
            "CAST(NULL AS VARCHAR) FROM inline AS i JOIN customers AS c ON c.record = i.record "
            "JOIN addresses AS a ON a.text = i.ip"
        )
        if file is not None:
            file.accounting.good = self._execute(f"SELECT count(*) FROM accesses_read AS r WHERE {good}")[0][0]

    def _read_training(self, file: _File | None) -> None:
        self._read_cells("training", TrainingTransaction, "t.transaction_id IS NOT NULL")
        twice = (
            f"SELECT record, {quoted(faults.DUPLICATE_TRANSACTION_ID.code)} FROM training_read WHERE transaction_id IN "
            "(SELECT transaction_id FROM training_read GROUP BY transaction_id HAVING count(*) > 1)"
        )
        good = self._attach(file, "training", faults.TRANSACTION_WITHOUT_ACCOUNT, twice)
        self._execute(f"CREATE VIEW training AS SELECT * FROM training_read AS r WHERE {good}")
        if file is not None:
            file.accounting.good = self._count("training")

    def _read_stakes(self, file: _File | None) -> None:
        self._read_cells("stakes", Stake, "t.holder IS NOT NULL")
        good = self._attach(file, "stakes", faults.STAKE_WITHOUT_ACCOUNT)
        self._execute(f"CREATE VIEW stakes AS SELECT * FROM stakes_read AS r WHERE {good}")
        touched = "stakes_touched WHERE judged" if file is not None else "stakes_read WHERE FALSE"
        self._execute(f"CREATE VIEW unread_stakes AS SELECT account_id FROM {touched}")
        if file is not None:
            file.accounting.good = self._count("stakes")

    def _read_cells(self, role: str, model: type[Record], also: str = "TRUE") -> None:
        """Make ``{role}_read``: the values of each row, and whether all of its cells are in their form."""
        texts, values, conditions = (
            ["record", "rowid + 1 AS row"],
            ["t.record", "t.row"],
            [also, "t.account_id IS NOT NULL"],
        )
        source, present = "", self._present[role]
        for column in model.columns():
            name, form = f'"{column.name}"', column.form
            text = "CAST(NULL AS VARCHAR)"
            if column.name in present:
                text = f"t.{name}"
                texts.append(f"{typed.trimmed(self._plain(form, name))} AS {name}")
                holds = "a.ip IS NOT NULL" if form is cells.ADDRESS else typed.holds(form, text, self._separator)
                conditions.append(f"({text} IS NULL OR {holds})")
            if form is cells.ADDRESS:
                source = f" LEFT JOIN addresses AS a ON a.text = {text}"
                values += [f"a.ip AS {name}", "a.reachable AS ip_reachable"]
            else:
                values.append(f"{typed.value(form, text, self._separator)} AS {name}")
        absent = (name for name in ("account_id", "transaction_id", "holder") if name not in present)
        texts += [f"CAST(NULL AS VARCHAR) AS {name}" for name in absent]
        self._execute(
            f"CREATE TABLE {role}_read AS SELECT {', '.join(values)}, ({' AND '.join(conditions)}) AS ok "
            f"FROM (SELECT {', '.join(texts)} FROM {role}_text) AS t{source}"
        )
        self._execute(f"DROP TABLE {role}_text")

    def _plain(self, form: Form, name: str) -> str:
        """A column of text without the guards against formulas; no JSON has any."""
        return formulas.unguarded(name) if form in _FREE and self._separator == cells.SEPARATOR else name

    # Rows that are wrong --------------------------------------------------------------------------

    def _attach(self, file: _File | None, role: str, absent: Fault, *wrong: str) -> str:
        """Reject the rows of a companion file that belong to no judged account; gives the condition for the others."""
        if file is None:
            return "r.record IN (SELECT record FROM customers)"
        self._reject(
            file,
            [
                f"SELECT r.record, CASE WHEN k.judged IS NULL THEN {quoted(absent.code)} "
                f"ELSE {quoted(faults.QUARANTINED_ACCOUNT.code)} END AS code FROM {role}_read AS r "
                "LEFT JOIN account_keys AS k ON k.account_id = r.account_id WHERE r.ok AND k.judged IS NOT TRUE",
                *wrong,
            ],
        )
        texts = [
            f"SELECT r.record, r.account_id AS text FROM {role}_read AS r JOIN {role}_wrong AS w ON w.record = r.record"
        ]
        if file.sorted_out:
            texts.append(f"SELECT record, text FROM {role}_suspects")
        # What cannot be read may be what an account turns on.
        self._execute(
            f"CREATE TABLE {role}_touched AS SELECT s.record, k.account_id, k.judged "
            f"FROM ({' UNION ALL '.join(texts)}) AS s LEFT JOIN account_keys AS k ON k.account_id = s.text"
        )
        self._execute(
            f"INSERT INTO unread_rows SELECT account_id, {role in {'owners', 'stakes'}}, {role == 'accesses'} "
            f"FROM {role}_touched WHERE judged"
        )
        file.accounting.unattributed = self._count(
            f"(SELECT record FROM {role}_touched GROUP BY record HAVING bool_and(account_id IS NULL)) AS t"
        )
        return f"r.record NOT IN (SELECT record FROM {role}_wrong)"

    def _reject(self, file: _File, wrong: Iterable[str]) -> None:
        """Put in quarantine the rows with cells that are not in their form, and those that queries name with a code."""
        role = file.role
        named = " UNION ALL ".join((f"SELECT record, '' AS code FROM {role}_read WHERE NOT ok", *wrong))
        self._execute(
            f"CREATE TABLE {role}_wrong AS SELECT record, string_agg(DISTINCT code, ';' ORDER BY code) AS codes "
            f"FROM ({named}) AS n GROUP BY record"
        )
        awaited = self._paged(f"{role}_wrong", "record", "codes")
        record, codes = next(awaited, (0, ""))
        if not record:
            return
        for row in file.again():
            if row.record == record:
                self._quarantine.add(file.accounting.name, row, self._faults(file, row, codes.split(";")))
                file.accounting.quarantined += 1
                record, codes = next(awaited, (0, ""))
                if not record:
                    return

    def _faults(self, file: _File, row: Row, codes: Sequence[str]) -> list[tuple[str, Fault, str]]:
        found: list[tuple[str, Fault, str]] = []
        if "" in codes:
            found += [wrong for place, column in file.columns.items() for wrong in _wrong(column, row.fields[place])]
            if not found:
                message = "Two readings of the same cells differ. Nothing was written; this is a defect of kycrule."
                raise EngineError(message)
        return found + [(_KEYS.get(code, ""), _CODES[code], _CODES[code].says) for code in codes if code]

    # Small things ---------------------------------------------------------------------------------

    def _paged(self, table: str, key: str, *names: str) -> Iterator[tuple[Any, ...]]:
        last = 0
        while page := self._execute(
            f"SELECT {', '.join((key, *names))} FROM {table} WHERE {key} > {last} ORDER BY {key} LIMIT {_SLICE}"
        ):
            yield from page
            last = page[-1][0]

    def _count(self, table: str) -> int:
        return int(self._execute(f"SELECT count(*) FROM {table}")[0][0])

    def _agree(self, table: str, count: int) -> None:
        if self._count(table) != count:
            message = "The engine did not read every row. Nothing was written; this is a defect of kycrule."
            raise EngineError(message)


_FREE: Final = frozenset({cells.IDENTIFIER, cells.TEXT, cells.TEXTS, cells.EMAIL, cells.PHONE})
"""The forms of cells that may begin as a formula does."""
_MODELS: Final = (Customer, BeneficialOwner, Access, TrainingTransaction, Stake)
_KEYS: Final = {
    faults.DUPLICATE_ACCOUNT_ID.code: "account_id",
    faults.UNKNOWN_PROVIDER.code: "served_by",
    faults.UNNAMED_PROVIDER.code: "served_by",
    faults.OWNER_WITHOUT_ACCOUNT.code: "account_id",
    faults.ACCESS_WITHOUT_ACCOUNT.code: "account_id",
    faults.QUARANTINED_ACCOUNT.code: "account_id",
    faults.DUPLICATE_OWNER_ID.code: "owner_id",
    faults.TRANSACTION_WITHOUT_ACCOUNT.code: "account_id",
    faults.DUPLICATE_TRANSACTION_ID.code: "transaction_id",
    faults.STAKE_WITHOUT_ACCOUNT.code: "account_id",
}

_REQUIRED: Final = {
    "account_id": faults.MISSING_ACCOUNT_ID,
    "transaction_id": faults.MISSING_TRANSACTION_ID,
    "holder": faults.MISSING_HOLDER,
}


def _columns_of(model: type[Record]) -> tuple[Column, ...]:
    return (*model.columns(), INLINE) if model is Customer else model.columns()


def _wrong(column: Column, cell: str) -> Iterator[tuple[str, Fault, str]]:
    """What is wrong with a cell, if anything."""
    cell = formulas.unguard(cell)
    if column.name in _REQUIRED and not cell.strip(cells.BLANKS):
        yield column.name, _REQUIRED[column.name], _REQUIRED[column.name].says
    parts = [(column.form, cell)]
    if column is INLINE:
        members = [member.partition("@") for member in cell.split(cells.SEPARATOR) if member.strip(cells.BLANKS)]
        parts = [part for ip, _, at in members for part in ((cells.ADDRESS, ip), (cells.TIME, at))]
    for form, text in parts:
        try:
            absent = cells.read(form, text) is None
        except CellError as error:
            yield column.name, error.fault, str(error).partition(": ")[2]
            return
        if absent and form is cells.ADDRESS and column is INLINE:
            yield column.name, faults.BAD_ADDRESS, faults.BAD_ADDRESS.says
            return


def _is_jsonl(name: str) -> bool:
    return name.removesuffix(".gz").removesuffix(".zst").endswith((".jsonl", ".ndjson"))


def _accounting(source: Source, ignored: tuple[str, ...]) -> Accounting:
    return Accounting(name=source.name, sha256=source.sha256, bytes=source.bytes, ignored=ignored)


def _hint(titles: Sequence[str], delimiter: str) -> str:
    for other in ";\t|,":
        if other != delimiter and len(titles) == 1 and other in titles[0]:
            return f"The fields seem to be delimited otherwise: try --delimiter {shlex.quote(other)}."
    return faults.MISSING_COLUMN.remedy
