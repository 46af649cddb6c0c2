"""Red flags in the tables of a run, § 7.306(b)(1)(iii): what a person should look at, and nothing more.

Each flag is weak evidence. None of them changes a determination, and the absence of all clears no one. A notice from
customers, victims or authorities, paragraph (b)(1)(iii)(C), is no column of any table: it cannot come from here.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kycrule import cells
from kycrule.countries import UNITED_STATES, codes
from kycrule.errors import EngineError
from kycrule.geo import Source
from kycrule.intake.handover import own_file, written
from kycrule.literals import quoted

Execute = Callable[[str], list[tuple[Any, ...]]]

UNRELATED_CUSTOMERS: Final = 3
"""Unrelated customers with one payment instrument from which it is flagged: two may be a couple, or a firm and its
founder."""

ACCOUNTS_AT_ONE_ADDRESS: Final = 20
"""Accounts used from one address from which it is flagged: a household or a small office has fewer. Large offices,
private networks and carriers that share addresses among subscribers have more, and are flagged for nothing."""

MAJORITY: Final = 2
"""An access country contradicts the declared ones if it holds for more than one in this many of the addresses: a
journey is no contradiction, and one address in fourteen is in another country by the next source."""

_SLICE: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A kind of red flag.

    Attributes:
        name: the suspicious state, in kebab-case.
        category: ``identity-evidence`` or ``account-activity``.
        cites: the paragraph of the category.
        message: what was seen, without any value.
        counts: what the column ``count`` counts.
        needs_countries: whether the countries of addresses must be known.
    """

    name: str
    category: str
    cites: str
    message: str
    counts: str
    needs_countries: bool = False


SHARED_PAYMENT = Flag(
    name="payment-instrument-of-unrelated-customers",
    category="identity-evidence",
    cites="7.306(b)(1)(iii)(A)",
    message="The payment instrument of this account is also that of customers with another name, e-mail address, "
    "telephone number and owners.",
    counts="unrelated customers with this instrument",
)
CLAIM_ABROAD = Flag(
    name="us-person-with-all-access-abroad",
    category="identity-evidence",
    cites="7.306(b)(1)(iii)(A)",
    message="By its record the customer is a U.S. person, but every access whose country is known came from abroad. "
    "The country of an address is weak evidence.",
    counts="addresses abroad",
    needs_countries=True,
)
SHARED_ADDRESS = Flag(
    name="many-accounts-from-one-address",
    category="account-activity",
    cites="7.306(b)(1)(iii)(B)",
    message="This account was used from an address from which many accounts were used. "
    "Offices and carriers share addresses.",
    counts="accounts used from the address with the most",
)
OTHER_COUNTRY = Flag(
    name="access-from-undeclared-countries",
    category="account-activity",
    cites="7.306(b)(1)(iii)(B)",
    message="Most of the addresses from which this account was used are in other countries than the customer declared. "
    "The country of an address is weak evidence.",
    counts="addresses in other countries",
    needs_countries=True,
)

FLAGS: Final = (SHARED_PAYMENT, CLAIM_ABROAD, SHARED_ADDRESS, OTHER_COUNTRY)
"""All kinds of red flags, in the order of their paragraphs."""

NOT_FROM_DATA: Final = "notice: § 7.306(b)(1)(iii)(C), notices from others, cannot come from these tables"
"""What is told of the third category."""

ORDER: Final = "record, place"
"""The order of the lines of ``red-flags.csv``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagged:
    """What was found. The flags are in the table ``red_flags``.

    Attributes:
        counts: how many accounts have each flag that was looked for.
        accounts: how many accounts have any.
        geo: what the data on countries is, for the manifest; None without any.
        addresses: distinct addresses that were looked up.
        located: those of them whose country is known.
        by_country: how many accounts were used from each country.
    """

    counts: dict[str, int]
    accounts: int
    geo: dict[str, Any] | None
    addresses: int
    located: int
    by_country: dict[str, int]

    def summary(self) -> dict[str, Any]:
        """The counts, for ``summary.json``."""
        countries = None
        if self.geo is not None:
            countries = {"addresses": self.addresses, "with_country": self.located, "accounts": self.by_country}
        return {
            "flags": self.counts,
            "accounts": self.accounts,
            "countries": countries,
            "not_from_data": NOT_FROM_DATA,
        }


def flag(execute: Execute, workspace: Path, geo: Source | None = None) -> Flagged:
    """Make the table ``red_flags`` from the tables of a run that was judged.

    Args:
        execute: runs a statement on the engine and gives its rows.
        workspace: a private folder for what is thrown away.
        geo: data on the countries of addresses; without it flags on countries are not looked for.

    Returns:
        The counts. The table has the columns of ``red-flags.csv``, and ``record`` and ``place`` for its order.

    Raises:
        InputError: the data on countries is damaged.
        EngineError: the engine failed.
    """
    execute(
        "CREATE TABLE red_flags (record BIGINT, place INTEGER, account_id VARCHAR, subject VARCHAR, category VARCHAR, "
        "flag VARCHAR, cites VARCHAR, message VARCHAR, count BIGINT)"
    )
    queries = {SHARED_PAYMENT: _shared_payment(execute, workspace), SHARED_ADDRESS: _SHARED_ADDRESS}
    execute(_USES)
    addresses = located = 0
    by_country: dict[str, int] = {}
    if geo is not None:
        addresses, located = _locate(execute, workspace, geo)
        by_country = dict(
            execute("SELECT country, count(DISTINCT account_id) FROM located GROUP BY 1 ORDER BY 2 DESC, 1")
        )
        queries |= {CLAIM_ABROAD: _CLAIM_ABROAD, OTHER_COUNTRY: _OTHER_COUNTRY}
    for place, kind in enumerate(FLAGS):
        if kind in queries:
            told = ", ".join(quoted(text) for text in (kind.category, kind.name, kind.cites, kind.message))
            execute(
                f"INSERT INTO red_flags SELECT c.record, {place}, c.account_id, c.account_id, {told}, f.count "
                f"FROM ({queries[kind]}) AS f JOIN customers AS c ON c.account_id = f.account_id"
            )
    counts = dict.fromkeys((kind.name for kind in FLAGS if kind in queries), 0)
    counts |= dict(execute("SELECT flag, count(*) FROM red_flags GROUP BY flag"))
    accounts = int(execute("SELECT count(DISTINCT account_id) FROM red_flags")[0][0])
    described = None if geo is None else geo.described()
    return Flagged(
        counts=counts, accounts=accounts, geo=described, addresses=addresses, located=located, by_country=by_country
    )


# One payment instrument ---------------------------------------------------------------------------


def _shared_payment(execute: Execute, workspace: Path) -> str:
    """The accounts whose instrument unrelated customers have too.

    Two accounts are related if they share a name, an e-mail address, a telephone number, or an owner with the same id
    and name, directly or through other accounts with that instrument.
    """
    instrument = "hash(payment_type, regexp_replace(payment_reference, '[ -]', '', 'g'))"
    execute(
        "CREATE TABLE payers AS SELECT row_number() OVER () - 1 AS member, account_id, instrument, marks FROM ("
        f"SELECT account_id, {instrument} AS instrument, {_MARKS} AS marks, "
        "count(*) OVER (PARTITION BY instrument) AS times FROM customers "
        "WHERE payment_type IS NOT NULL AND payment_reference IS NOT NULL) AS p "
        f"WHERE times >= {UNRELATED_CUSTOMERS}"
    )
    marked = (
        "SELECT member, instrument, unnest(marks) AS mark FROM payers UNION ALL "
        f"SELECT p.member, p.instrument, hash('o', o.owner_id, {_plain('o.name')}) FROM owners AS o "
        "JOIN payers AS p ON p.account_id = o.account_id WHERE o.owner_id IS NOT NULL AND o.name IS NOT NULL"
    )
    execute(
        "CREATE TABLE ties AS SELECT row_number() OVER () AS place, member, first FROM (SELECT DISTINCT member, "
        f"min(member) OVER (PARTITION BY instrument, mark) AS first FROM ({marked}) AS m) AS t WHERE member <> first"
    )
    parents = array("q", range(_count(execute, "payers")))
    for _, member, first in _pages(execute, "ties", "member, first"):
        # The lower number is the root, so that a row is never above what it hangs from.
        low, high = sorted((_root(parents, member), _root(parents, first)))
        parents[high] = low
    path = workspace / "payers.csv"
    with written(path) as keep:
        for member in range(len(parents)):
            keep((member, _root(parents, member)))
    execute(
        "CREATE TABLE payer_roots AS SELECT CAST(member AS BIGINT) AS member, CAST(root AS BIGINT) AS root "
        f"FROM {own_file(path, ('member', 'root'))}"
    )
    return (
        "SELECT p.account_id, g.count FROM payers AS p JOIN (SELECT p.instrument, count(DISTINCT r.root) AS count "
        "FROM payers AS p JOIN payer_roots AS r ON r.member = p.member GROUP BY p.instrument "
        f"HAVING count(DISTINCT r.root) >= {UNRELATED_CUSTOMERS}) AS g ON g.instrument = p.instrument"
    )


def _plain(column: str) -> str:
    """A text without case and repeated blanks."""
    return f"regexp_replace(lower({column}), '\\s+', ' ', 'g')"


_MARKS: Final = (
    "list_filter(["
    f"CASE WHEN name IS NOT NULL THEN hash('n', {_plain('name')}) END, "
    "CASE WHEN email IS NOT NULL THEN hash('e', lower(email)) END, "
    "CASE WHEN phone IS NOT NULL THEN hash('p', regexp_replace(phone, '[^0-9]', '', 'g')) END"
    "], lambda m: m IS NOT NULL)"
)


def _root(parents: array[int], member: int) -> int:
    """What a member hangs from in the end; the way there is made shorter."""
    while parents[member] != member:
        parents[member] = parents[parents[member]]
        member = parents[member]
    return member


# Addresses and their countries --------------------------------------------------------------------

_USES: Final = "CREATE TABLE uses AS SELECT DISTINCT account_id, ip FROM accesses WHERE ip_reachable AND ip IS NOT NULL"

_SHARED_ADDRESS: Final = (
    "SELECT u.account_id, max(b.count) AS count FROM uses AS u "
    "JOIN (SELECT ip, count(*) AS count FROM uses GROUP BY ip "
    f"HAVING count(*) >= {ACCOUNTS_AT_ONE_ADDRESS}) AS b ON b.ip = u.ip GROUP BY u.account_id"
)

_US: Final = ", ".join(quoted(code) for code in sorted(UNITED_STATES))

_CLAIM_ABROAD: Final = (
    "SELECT u.account_id, count(*) AS count FROM located AS u JOIN determinations AS d ON d.account_id = u.account_id "
    "WHERE d.foreign_customer IS FALSE GROUP BY u.account_id HAVING count(*) FILTER (u.country = 'US') = 0"
)


def _one_country(code: str) -> str:
    return f"CASE WHEN {code} IN ({_US}) THEN 'US' ELSE {code} END"


_PLACES: Final = f"unnest(list_transform(use_locations, lambda p: upper(trim(p, {quoted(cells.BLANKS)}))))"
_CODES: Final = ", ".join(f"({quoted(code)}, {quoted(short)})" for code, short in sorted(codes().items()))
_DECLARED: Final = (
    "SELECT account_id, country AS code FROM customers WHERE country IS NOT NULL UNION ALL "
    "SELECT account_id, located_in FROM customers WHERE located_in IS NOT NULL UNION ALL "
    # A place of use is text; where it is written as the code of a country it counts as one.
    f"SELECT p.account_id, k.short FROM (SELECT account_id, {_PLACES} AS place FROM customers) AS p "
    f"JOIN (SELECT * FROM (VALUES {_CODES}) AS v(code, short)) AS k ON k.code = p.place"
)
_OTHER_COUNTRY: Final = (
    f"WITH declared AS (SELECT account_id, list(DISTINCT {_one_country('code')}) AS countries FROM ({_DECLARED}) AS c "
    "GROUP BY account_id) SELECT u.account_id, count(*) FILTER (NOT list_contains(e.countries, u.country)) AS count "
    "FROM located AS u JOIN declared AS e ON e.account_id = u.account_id GROUP BY u.account_id "
    f"HAVING count(*) FILTER (NOT list_contains(e.countries, u.country)) * {MAJORITY} > count(*)"
)


def _locate(execute: Execute, workspace: Path, geo: Source) -> tuple[int, int]:
    """Make the table ``located`` of accounts, addresses and countries; each distinct address is looked up once."""
    execute(
        "CREATE TABLE looked_up AS SELECT row_number() OVER () AS place, ip FROM (SELECT DISTINCT ip FROM uses) AS d"
    )
    path = workspace / "countries.csv"
    found = 0
    with written(path) as keep:
        for page in _batches(execute, "looked_up", "ip"):
            for (place, _), country in zip(page, geo.countries([ip for _, ip in page]), strict=True):
                if country is not None:
                    keep((place, country))
                    found += 1
    execute(
        f"CREATE TABLE located AS SELECT u.account_id, u.ip, {_one_country('f.country')} AS country FROM "
        f"(SELECT CAST(place AS BIGINT) AS place, country FROM {own_file(path, ('place', 'country'))}) AS f "
        "JOIN looked_up AS l ON l.place = f.place JOIN uses AS u ON u.ip = l.ip"
    )
    return _count(execute, "looked_up"), found


# Small things -------------------------------------------------------------------------------------


def _count(execute: Execute, table: str) -> int:
    return int(execute(f"SELECT count(*) FROM {table}")[0][0])


def _pages(execute: Execute, table: str, columns: str) -> Iterator[tuple[Any, ...]]:
    for page in _batches(execute, table, columns):
        yield from page


def _batches(execute: Execute, table: str, columns: str) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a table numbered from 1 by ``place``, a page at a time."""
    total = _count(execute, table)
    seen = 0
    for start in range(1, total + 1, _SLICE):
        page = execute(
            f"SELECT place, {columns} FROM {table} WHERE place >= {start} AND place < {start + _SLICE} ORDER BY place"
        )
        seen += len(page)
        yield page
    if seen != total:
        message = f"The engine lost rows of {table}. Nothing was written; this is a defect of kycrule."
        raise EngineError(message)
