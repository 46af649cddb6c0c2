"""From inputs to the tables that an engine judges, with every row accounted for.

Each input becomes a typed table first, see :mod:`kycrule.intake.loading`. Here its rows are matched with each
other: accounts that stand there twice, owners of no account, providers that are not known. A row that is
wrong goes to quarantine; what remains are the views that an engine reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from kycrule import cells, faults
from kycrule.errors import DefinitionError, EngineError
from kycrule.faults import FAULTS, Fault
from kycrule.intake import shares, typed
from kycrule.intake.accounting import Accounting
from kycrule.intake.columns import INLINE, TABLES, Matching
from kycrule.intake.handover import own_file, restored, written
from kycrule.intake.loading import Database, Loaded, Loader, Reading, unseen
from kycrule.intake.quarantine import COLUMNS, Quarantine
from kycrule.intake.rows import Row
from kycrule.intake.source import prepare
from kycrule.literals import quoted
from kycrule.records import NOBODY

_SLICE: Final = 100_000
_CODES: Final = {fault.code: fault for fault in FAULTS}
_IN_MEMORY: Final = "table in memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The inputs of a run, and how they are written: each a path, or a table in memory.

    Attributes:
        customers: also ``-`` for standard input.
        owners: beneficial owners, if there is such an input.
        accesses: accesses, if there is such an input.
        training: training transactions, if there is such an input.
        stakes: stakes, if there is such an input.
        delimiter: the character between fields.
        mapping: names of their columns, mapped to ours.
        format: ``csv`` or ``jsonl`` for the customers; None goes by the name. Parquet is told by its bytes.
    """

    customers: Any
    owners: Any = None
    accesses: Any = None
    training: Any = None
    stakes: Any = None
    delimiter: str = ","
    mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    format: str | None = None

    def given(self) -> tuple[Any, ...]:
        """The inputs, None where there is none."""
        return tuple(getattr(self, role) for role in TABLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What came of the inputs of a run.

    Attributes:
        accounts: the accounting of each input, that of the customers first.
        as_read: the tables that are as they were read, each with its typed Parquet file.
    """

    accounts: tuple[Accounting, ...]
    as_read: Mapping[str, Path]


def load(
    database: Database,
    inputs: Inputs,
    workspace: Path,
    providers: Sequence[str] | None,
    progress: Reading = unseen,
) -> Intake:
    """Make the tables ``customers``, ``owners``, ``accesses``, ``training``, ``unread`` and ``quarantine``.

    Where there are stakes, ``owners`` has the shares that they come to. ``stake_remarks`` counts what is
    remarkable about them.

    Args:
        database: the engine.
        inputs: the inputs.
        workspace: a private folder for what is thrown away.
        providers: the ids that ``served_by`` may name; None if nothing is known of who serves.
        progress: is told how many bytes, rows and bad rows were read since it was told last.

    Raises:
        InputError: an input cannot be read at all, or was changed while it was read.
        DefinitionError: the delimiter or the mapping is not usable.
        EngineError: the engine's count of rows differs from ours.
    """
    if len(inputs.delimiter.encode()) != 1 or inputs.delimiter in '"\r\n':
        message = "The delimiter is one ASCII character, and neither a quote nor a line end."
        raise DefinitionError(message)
    path = workspace / "quarantine.csv"
    database.offer(typed.ADDRESS_FUNCTION, typed.judged_address)
    # The place of a row is its number in the input: the engine keeps to that while it reads.
    database.execute("SET preserve_insertion_order = true")
    with written(path) as keep:
        quarantine = Quarantine(keep)
        matching = Matching(inputs.mapping)
        loader = Loader(
            database,
            workspace,
            quarantine,
            matching,
            delimiter=inputs.delimiter,
            serving=providers[0] if providers and len(providers) == 1 else None,
            progress=progress,
        )
        loaded, nested = _loaded(loader, matching, inputs, workspace)
        tables = _Tables(database, quarantine, loaded, nested=nested)
        tables.make(providers)
    database.execute("SET preserve_insertion_order = false")
    shares_added = shares.add_up(database.execute, workspace)
    _read_quarantine(database, path, quarantine.count)
    for file in loaded.values():
        file.unchanged()
    if shares_added:
        tables.remade.add("owners")
    own = [file for role, file in loaded.items() if role == "customers" or role not in nested]
    return Intake(
        accounts=tuple(file.accounting for file in own),
        as_read={role: file.path for role, file in loaded.items() if role not in tables.remade},
    )


def _loaded(
    loader: Loader, matching: Matching, inputs: Inputs, workspace: Path
) -> tuple[dict[str, Loaded], frozenset[str]]:
    """The typed tables of the inputs by their roles, and which of them stood inside customers."""
    begun: list[Callable[[], Loaded]] = []
    loaded: dict[str, Loaded] = {}
    nested: frozenset[str] = frozenset()
    for role in TABLES:
        given = getattr(inputs, role)
        if given is None:
            continue
        if not isinstance(given, str):
            loaded[role] = loader.table(role, _IN_MEMORY, None, given)
            continue
        source = prepare(given, workspace)
        if source.parquet:
            loaded[role] = loader.table(role, source.name, source)
        elif role == "customers" and (inputs.format == "jsonl" if inputs.format else _is_jsonl(given)):
            if inputs.owners is not None or inputs.accesses is not None or inputs.stakes is not None:
                message = (
                    "In JSON lines, owners, accesses and stakes stand inside each customer; leave the other files out."
                )
                raise DefinitionError(message)
            inside = loader.json(source)
            loaded |= {file.role: file for file in inside}
            nested = frozenset(loaded) - {"customers"}
        else:
            begun.append(loader.csv(role, source))
    matching.all_used()
    for finish in begun:
        file = finish()
        loaded[file.role] = file
    for role in TABLES.keys() - loaded.keys():
        loader.nothing(role)
    return {role: loaded[role] for role in TABLES if role in loaded}, nested


def _is_jsonl(name: str) -> bool:
    return name.removesuffix(".gz").removesuffix(".zst").endswith((".jsonl", ".ndjson"))


def _read_quarantine(database: Database, path: Path, count: int) -> None:
    texts = ("file", "code", "column_name", "reason", "raw")
    columns = ", ".join(
        restored(name) if name in texts else f"CAST(nullif({name}, '') AS BIGINT) AS {name}" for name in COLUMNS
    )
    database.execute(f"CREATE TABLE quarantine AS SELECT {columns} FROM {own_file(path, COLUMNS)}")
    if database.execute("SELECT count(*) FROM quarantine") != [(count,)]:
        message = "The engine did not read every row in quarantine. Nothing was written; this is a defect of kycrule."
        raise EngineError(message)


class _Tables:
    """The views that an engine judges, of the typed tables of a run.

    Attributes:
        remade: the tables that are not as they were read.
    """

    def __init__(
        self, database: Database, quarantine: Quarantine, loaded: Mapping[str, Loaded], *, nested: frozenset[str]
    ) -> None:
        self._execute = database.execute
        self._quarantine = quarantine
        self._loaded = loaded
        self._nested = nested
        self.remade: set[str] = set()

    def make(self, providers: Sequence[str] | None) -> None:
        self._customers(providers)
        self._execute("CREATE TABLE unread_rows (account_id VARCHAR, owners BOOLEAN, accesses BOOLEAN)")
        self._owners()
        self._accesses()
        self._training()
        self._stakes()
        self._execute(
            "CREATE TABLE unread AS SELECT account_id, bool_or(owners) AS owners, bool_or(accesses) AS accesses "
            "FROM unread_rows GROUP BY account_id"
        )

    def _customers(self, providers: Sequence[str] | None) -> None:
        wrong = [
            f"SELECT record, {quoted(faults.DUPLICATE_ACCOUNT_ID.code)} AS code FROM customers_read "
            "WHERE account_id IN (SELECT account_id FROM customers_read WHERE account_id IS NOT NULL "
            "GROUP BY account_id HAVING count(*) > 1)"
        ]
        serving = "served_by"
        if providers is None:
            serving = quoted(NOBODY.id)
        else:
            listed = ", ".join(quoted(provider) for provider in providers)
            wrong += [
                f"SELECT record, {quoted(fault.code)} FROM customers_read WHERE ok AND {condition}"
                for fault, condition in (
                    (faults.UNKNOWN_PROVIDER, f"served_by NOT IN ({listed})"),
                    (faults.UNNAMED_PROVIDER, "served_by IS NULL"),
                )
            ]
        if self._inline():
            holds = f"({typed.is_blank(cells.TIME, 'used_at')} OR {typed.value(cells.TIME, 'used_at')} IS NOT NULL)"
            wrong.append(f"SELECT DISTINCT record, '' FROM inline WHERE ip IS NULL OR NOT {holds}")
        customers = self._loaded["customers"]
        good = self._reject(customers, wrong)
        self._execute(
            f"CREATE VIEW customers AS SELECT * REPLACE ({serving} AS served_by) FROM customers_read AS r WHERE {good}"
        )
        customers.accounting.good = self._count("customers")

    def _inline(self) -> bool:
        """Make ``inline`` of the accesses that stand in cells of customers: whether there are such cells."""
        present = INLINE in self._loaded["customers"].columns.values()
        ip = "split_part(member, '@', 1)"
        at = f"substr(member, length({ip}) + 2)"
        source = "(SELECT CAST(NULL AS BIGINT) AS record, '' AS member WHERE FALSE)"
        if present:
            self.remade.add("accesses")
            members = f"unnest(string_split({INLINE.name}, {quoted(cells.SEPARATOR)}))"
            source = f"(SELECT record, {members} AS member FROM customers_read)"
        self._execute(
            "CREATE TABLE inline AS SELECT record, "
            f"{typed.value(cells.ADDRESS, typed.trimmed(ip))} AS ip, {typed.trimmed(at)} AS used_at "
            f"FROM {source} AS m WHERE {typed.trimmed('member')} IS NOT NULL"
        )
        return present

    def _owners(self) -> None:
        twice = (
            f"SELECT r.record, {quoted(faults.DUPLICATE_OWNER_ID.code)} FROM owners_read AS r JOIN ("
            "SELECT account_id, owner_id FROM owners_read WHERE owner_id IS NOT NULL GROUP BY account_id, owner_id "
            "HAVING count(*) > 1) AS d ON d.account_id = r.account_id AND d.owner_id = r.owner_id"
        )
        good = self._attach("owners", faults.OWNER_WITHOUT_ACCOUNT, twice)
        # Only an owner without an id is called by its place among the owners of the account.
        unnamed = self._execute("SELECT 1 FROM owners_read WHERE owner_id IS NULL LIMIT 1")
        place = "row_number() OVER (PARTITION BY account_id ORDER BY record)" if unnamed else "record"
        self._execute(
            f"CREATE VIEW owners AS SELECT * FROM (SELECT *, {place} AS owner_pos FROM owners_read) AS r WHERE {good}"
        )
        self._counted("owners", "owners")

    def _accesses(self) -> None:
        good = self._attach("accesses", faults.ACCESS_WITHOUT_ACCOUNT)
        read = f'SELECT account_id, ip, ip_reachable, "at", action FROM accesses_read AS r WHERE {good}'
        inline = (
            "SELECT c.account_id, substr(i.ip, 2), starts_with(i.ip, '+'), "
            f"{typed.value(cells.TIME, 'i.used_at')}, CAST(NULL AS VARCHAR) "
            "FROM inline AS i JOIN customers AS c ON c.record = i.record"
        )
        self._execute(f"CREATE VIEW accesses AS {read} UNION ALL {inline}")
        self._counted("accesses", f"({read}) AS a")

    def _training(self) -> None:
        twice = (
            f"SELECT record, {quoted(faults.DUPLICATE_TRANSACTION_ID.code)} FROM training_read WHERE transaction_id IN "
            "(SELECT transaction_id FROM training_read GROUP BY transaction_id HAVING count(*) > 1)"
        )
        good = self._attach("training", faults.TRANSACTION_WITHOUT_ACCOUNT, twice)
        self._execute(f"CREATE VIEW training AS SELECT *, record AS row FROM training_read AS r WHERE {good}")
        self._counted("training", "training")

    def _stakes(self) -> None:
        good = self._attach("stakes", faults.STAKE_WITHOUT_ACCOUNT)
        self._execute(f"CREATE VIEW stakes AS SELECT *, record AS row FROM stakes_read AS r WHERE {good}")
        self._counted("stakes", "stakes")

    # Rows that are wrong --------------------------------------------------------------------------

    def _attach(self, role: str, absent: Fault, *wrong: str) -> str:
        """Reject the rows of a companion that belong to no judged account; gives the condition for the others."""
        unread = "SELECT CAST(NULL AS VARCHAR) AS account_id WHERE FALSE"
        file = self._loaded.get(role)
        good = "TRUE"
        if role in self._nested:
            if "customers" in self.remade:
                self.remade.add(role)
                good = "r.account_id IN (SELECT account_id FROM customers)"
        elif file is not None:
            self._execute(
                f"CREATE TABLE {role}_astray AS SELECT r.record, r.account_id FROM {role}_read AS r "
                "ANTI JOIN customers AS c ON c.account_id = r.account_id WHERE r.ok"
            )
            astray = (
                f"SELECT record, CASE WHEN account_id IN (SELECT account_id FROM customers_read) "
                f"THEN {quoted(faults.QUARANTINED_ACCOUNT.code)} ELSE {quoted(absent.code)} END AS code "
                f"FROM {role}_astray"
            )
            good = self._reject(file, [astray, *wrong] if self._count(f"{role}_astray") else wrong)
            unread = f"SELECT account_id FROM {role}_touched WHERE judged"
            self._touch(file)
        if role == "stakes":
            self._execute(f"CREATE VIEW unread_stakes AS {unread}")
        self._execute(
            f"INSERT INTO unread_rows SELECT account_id, {role in {'owners', 'stakes'}}, {role == 'accesses'} "
            f"FROM ({unread}) AS u WHERE {role != 'training'}"
        )
        return good

    def _touch(self, file: Loaded) -> None:
        """Make ``{role}_touched``: the accounts that rows in quarantine may belong to, so that they stay open."""
        role = file.role
        texts = [
            f"SELECT r.record, r.account_id AS text FROM {role}_read AS r JOIN {role}_wrong AS w ON w.record = r.record"
        ]
        if file.suspects:
            # Records of the file, not places among good rows: kept apart from those by their sign.
            texts.append(f"SELECT -record, text FROM {role}_suspects")
        self._execute(
            f"CREATE TABLE {role}_touched AS SELECT s.record, k.account_id, c.account_id IS NOT NULL AS judged "
            f"FROM ({' UNION ALL '.join(texts)}) AS s "
            f"LEFT JOIN (SELECT DISTINCT account_id FROM customers_read) AS k ON k.account_id = s.text "
            "LEFT JOIN customers AS c ON c.account_id = k.account_id"
            if self._count(f"{role}_wrong") or file.suspects
            else f"CREATE TABLE {role}_touched (record BIGINT, account_id VARCHAR, judged BOOLEAN)"
        )
        file.accounting.unattributed = self._count(
            f"(SELECT record FROM {role}_touched GROUP BY record HAVING bool_and(account_id IS NULL)) AS t"
        )

    def _reject(self, file: Loaded, wrong: Iterable[str]) -> str:
        """Put in quarantine the rows with cells that are not in their form, and those that queries name with a code.

        Gives the condition for the others.
        """
        role = file.role
        named = " UNION ALL ".join((f"SELECT record, '' AS code FROM {role}_read WHERE NOT ok", *wrong))
        self._execute(
            f"CREATE TABLE {role}_wrong AS SELECT record, string_agg(DISTINCT code, ';' ORDER BY code) AS codes "
            f"FROM ({named}) AS n GROUP BY record"
        )
        if not self._count(f"{role}_wrong"):
            return "TRUE"
        self.remade.add(role)
        codes = (str(code) for _, code in self._paged(f"{role}_wrong", "record", "codes"))
        places = (int(record) for record, _ in self._paged(f"{role}_wrong", "record", "codes"))
        for row, code in zip(file.again(places), codes, strict=True):
            self._quarantine.add(file.accounting.name, row, self._faults(file, row, code.split(";")))
            file.accounting.quarantined += 1
        return f"r.record NOT IN (SELECT record FROM {role}_wrong)"

    def _faults(self, file: Loaded, row: Row, codes: Sequence[str]) -> list[tuple[str, Fault, str]]:
        found: list[tuple[str, Fault, str]] = []
        if "" in codes:
            found += file.faults_of(row)
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

    def _counted(self, role: str, table: str) -> None:
        if role in self._loaded and role not in self._nested:
            self._loaded[role].accounting.good = self._count(table)

    def _count(self, table: str) -> int:
        return int(self._execute(f"SELECT count(*) FROM {table}")[0][0])


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
