"""The tables of a sample data set, as queries: invented accounts with all that the rule asks about them.

The queries go over a table ``numbers`` of the numbers ``i`` from 0 on, five for each customer. Every value
is drawn from a hash of the seed and the number of its row, so that the same seed gives the same rows on any
machine, in any number of threads. The people, firms and addresses are invented; the domains are those that
are kept for examples.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kycrule import cells
from kycrule.cells import Form
from kycrule.intake.columns import TABLES
from kycrule.literals import SQL_TYPES, quoted

EXTRA_FIELD: Final = 0x1C
"""Stands where a file of text gets one delimiter too many."""

BAD_BYTE: Final = 0x1D
"""Stands where a file of text gets a byte that is no UTF-8."""

STRAY_QUOTE: Final = 0x1E
"""Stands where a file of text gets a quote that is out of place."""

PROVIDERS: Final = """\
# The providers of a sample data set; all of it is invented.

[[providers]]
id = "northwind"
name = "Northwind Cloud, Inc."
organized_in = "US"
located_in = "US"
us_owned = true
offers_iaas = true
product_us_owned = true
product_operated_in_us = true
contact_name = "Ada Keller"
contact_title = "Chief Compliance Officer"
contact_email = "compliance@northwind.example"
contact_phone = "+1 212 555 0100"
has_written_cip = true
previous_certification_on = 2024-03-01
employees = 420

[[providers]]
id = "northwind-europe"
name = "Northwind Europe GmbH"
organized_in = "DE"
located_in = "DE"
us_owned = true
parent = "northwind"
offers_iaas = true
product_us_owned = true
product_operated_in_us = false
has_written_cip = true
previous_certification_on = 2024-03-01

[[providers]]
id = "assured"
name = "Assured Compute LLC"
organized_in = "US"
located_in = "US"
us_owned = true
offers_iaas = true
product_us_owned = true
has_written_cip = true
previous_certification_on = 2024-02-01
deterrence_program_finding = 2024-02-15
annual_notification_on = 2024-02-15

[[providers]]
id = "unclear"
name = "Unclear Hosting"

[[providers]]
id = "advisory"
name = "Advisory Partners LLP"
organized_in = "US"
located_in = "US"
offers_iaas = false

[[resellers]]
id = "orient"
name = "Orient Resale Ltd"
organized_in = "SG"
located_in = "SG"
supplied_by = "northwind"
account_id = "A000000001"
supplied_on = 2023-05-01
notified_on = 2023-05-10
information_collected = true
cip_copy_held = true
has_written_cip = true
previous_certification_on = 2024-03-01
"""
"""A file of the providers that serve the accounts."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST: Final = _words(
    "Ada Ahmed Aiko Amara Ana Anders Bao Beatriz Carlos Chidi Chloé Daniel Elena Emeka Fatima François Grace Hana Hiro "
    "Ingrid Isabel James Jürgen Kwame Laila Li Lucía Maria Mehmet Min Mohammed Nadia Ngozi Noah Olga Olivia Omar Petra "
    "Priya Rahul Rosa Santiago Sofía Søren Thomas Wei Yuki Zoë"
)
_LAST: Final = _words(
    "Abubakar Andersen Becker Bianchi Chen Costa Díaz Dubois Eriksen Fernández Fischer García Haddad Hansen Ivanova "
    "Jensen Johnson Kaya Keller Kim Kowalska Kumar Lefèvre López Martin Mbeki Müller Nakamura Nguyen Novák O'Brien "
    "Okafor Oliveira Park Patel Petrov Rossi Sato Schmidt Silva Smith Suzuki Tan Tanaka Wang Weber Williams Zhang"
)
_TRADES: Final = ("Analytics", "Biotech", "Capital", "Games", "Labs", "Logistics", "Media", "Robotics", "Software")
_STREETS: Final = (
    "Main Street",
    "Oak Avenue",
    "Station Road",
    "Market Square",
    "High Street",
    "Park Lane",
    "Canal Row",
)
_DOMAINS: Final = ("example.com", "example.net", "example.org", "mail.example", "post.example")
_PLACES: Final = (
    ("US", "New York", "NY", "10001", "+1 212", ", Inc."),
    ("US", "Austin", "TX", "78701", "+1 512", " LLC"),
    ("US", "Seattle", "WA", "98101", "+1 206", ", Inc."),
    ("US", "Chicago", "IL", "60601", "+1 312", " Corp."),
    ("US", "San Francisco", "CA", "94105", "+1 415", ", Inc."),
    ("PR", "San Juan", "San Juan", "00901", "+1 787", " LLC"),
    ("GB", "London", "", "EC1A 1BB", "+44 20", " Ltd"),
    ("DE", "München", "BY", "80331", "+49 89", " GmbH"),
    ("FR", "Paris", "", "75001", "+33 1", " SAS"),
    ("NL", "Amsterdam", "NH", "1012 AB", "+31 20", " B.V."),
    ("IE", "Dublin", "", "D02 X285", "+353 1", " Ltd"),
    ("CA", "Toronto", "ON", "M5H 2N2", "+1 416", " Inc."),
    ("IN", "Bengaluru", "KA", "560001", "+91 80", " Pvt Ltd"),
    ("SG", "Singapore", "", "049315", "+65 6", " Pte. Ltd."),
    ("JP", "Tokyo", "", "100-0001", "+81 3", " KK"),
    ("BR", "São Paulo", "SP", "01310-000", "+55 11", " Ltda."),
    ("CN", "Shenzhen", "GD", "518000", "+86 755", " Co., Ltd."),
    ("AE", "Dubai", "", "", "+971 4", " FZE"),
    ("NG", "Lagos", "LA", "100001", "+234 1", " Ltd"),
    ("VG", "Road Town", "", "VG1110", "+1 284", " Ltd"),
)
_HERE: Final = 5
"""How many of the places stand for a customer in one of the states."""
_SERVING: Final = ("northwind-europe",) * 3 + ("assured",) * 2 + ("unclear",) * 2 + ("advisory",)
"""Of fifty accounts, those that are served by others than most are."""

_OPENED: Final = "DATE '2015-01-01'"
_TODAY: Final = "DATE '2024-05-31'"
_WRONG_DAY: Final = "DATE '0024-03-01'"
"""A year of two digits, as programs write it that take 24 for a year."""
_NOT_BEFORE: Final = 1_704_067_200
"""The first second of 2024, of accesses."""
_SECONDS: Final = 13_000_000
"""From the first access to the last one."""


_MIXER: Final = ((16, 0x7FEB352D), (15, 0x846CA68B), (16, 1))
"""Shifts and factors that turn a number of 32 bits into another one: those of "lowbias32"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of a sample.

    Attributes:
        name: of the table.
        typed: a query of its typed columns.
        text: a query of the same cells as text, as a CSV file holds them.
    """

    name: str
    typed: str
    text: str


def tables(rows: int, seed: int, dirty: float) -> Iterator[Table]:
    """The tables of a sample.

    Args:
        rows: how many customers.
        seed: another one gives other rows.
        dirty: the part of rows, 0 to 1, in which something is wrong.
    """
    sampler = _Sampler(rows, seed, dirty)
    for name, (source, given) in {
        "customers": sampler.customers(),
        "owners": sampler.owners(),
        "accesses": sampler.accesses(),
        "training": sampler.training(),
        "stakes": sampler.stakes(),
    }.items():
        forms = {column.name: column.form for column in TABLES[name].columns()}
        typed = ", ".join(
            f'CAST({given[column]} AS {SQL_TYPES[form.name]}) AS "{column}"' for column, form in forms.items()
        )
        text = ", ".join(f'{_written(form, column)} AS "{column}"' for column, form in forms.items())
        typed = f"SELECT {typed} FROM {source}"
        yield Table(name=name, typed=typed, text=f"SELECT {text} FROM ({typed}) AS typed")


def _written(form: Form, column: str) -> str:
    """A typed column as the text of a cell."""
    named = f'"{column}"'
    if form.many:
        return f"array_to_string({named}, {quoted(cells.SEPARATOR)})"
    match form.name:
        case cells.YES_NO.name:
            return f"CASE WHEN {named} THEN 'yes' WHEN NOT {named} THEN 'no' END"
        case cells.TIME.name:
            return f"replace(CAST(make_timestamp(epoch_us({named})) AS VARCHAR), ' ', 'T') || 'Z'"
        case cells.SHARE.name | cells.MEASURE.name:
            return f"rtrim(rtrim(CAST({named} AS VARCHAR), '0'), '.')"
        case cells.DATE.name | cells.COUNT.name:
            return f"CAST({named} AS VARCHAR)"
        case _:
            return named


class _Draws:
    """Numbers drawn for each row of a table, all of them independent of each other.

    Args:
        seed: of the sample.
        name: of the table; no two have the same.
        key: SQL of the number of a row, below 2 ** 32.
    """

    def __init__(self, seed: int, name: str, key: str) -> None:
        self._seed = seed
        self._name = name
        self._key = key
        self._drawn = 0
        self._half = ""
        self._gap = ""
        self._gaps = 0

    def around(self, source: str) -> str:
        """A query with the draws beside what a source gives: to be called when all are drawn."""
        made = f"SELECT *, CAST({self._key} AS UBIGINT) AS {self._name}_key FROM {source} AS keyed"
        starts = [f"xor({self._name}_key, {self._mark(place)})" for place in range(self._drawn)]
        for step, (shift, factor) in enumerate(_MIXER):
            last = step == len(_MIXER) - 1
            names = [self._piece(place) if last else f"{self._name}{step}_{place}" for place in range(self._drawn)]
            mixed = (f"xor({start}, {start} >> {shift}) * {factor} & 4294967295" for start in starts)
            told = ", ".join(f"({value}) AS {name}" for value, name in zip(mixed, names, strict=True))
            made = f"SELECT *, {told} FROM ({made}) AS mixed{step}"
            starts = names
        return made

    def _mark(self, place: int) -> int:
        """A number of 32 bits that each draw of a table begins from."""
        told = f"{self._seed}|{self._name}|{place}"
        return int.from_bytes(hashlib.md5(told.encode(), usedforsecurity=False).digest()[:4], "big")

    def _piece(self, place: int) -> str:
        return f"{self._name}_{place}"

    def word(self) -> str:
        """A number below 2 ** 32."""
        self._drawn += 1
        return self._piece(self._drawn - 1)

    def number(self) -> str:
        """A number below 2 ** 16."""
        if self._half:
            half, self._half = self._half, ""
            return f"CAST({half} >> 16 AS INTEGER)"
        self._half = self.word()
        return f"CAST({self._half} & 65535 AS INTEGER)"

    def chance(self, part: float) -> str:
        """A condition that holds for a part of the rows."""
        return f"({self.number()} < {round(part * 65536)})"

    def one(self, *values: str | None) -> str:
        """One of a few texts, one as likely as the other."""
        return f"{_listed(values)}[1 + {self.number()} % {len(values)}]"

    def upto(self, most: int) -> str:
        """A whole number from 0 to a bound."""
        return f"({self.number()} % {most + 1})"

    def present(self, value: str) -> str:
        """A value that is left out in some of the rows that have gaps."""
        if not self._gaps:
            self._gap, self._gaps = self.word(), 16
        self._gaps -= 1
        return f"CASE WHEN NOT gaps OR ({self._gap} >> {2 * self._gaps}) & 3 > 0 THEN {value} END"


def _listed(values: Sequence[str | None]) -> str:
    return f"[{', '.join('NULL' if value is None else quoted(value) for value in values)}]"


def _place(part: int, place: str) -> str:
    """A part of what is known of a place by its number."""
    return f"nullif({_listed([each[part] for each in _PLACES])}[{place}], '')"


class _Sampler:
    def __init__(self, rows: int, seed: int, dirty: float) -> None:
        self._rows = rows
        self._seed = seed
        self._dirty = dirty

    # Accounts -------------------------------------------------------------------------------------

    def _accounts(self) -> str:
        """What several tables go by: of each account its number ``i``, kind, place, opening and number of owners."""
        draws = _Draws(self._seed, "account", "i")
        chosen = draws.number()
        abroad = f"{_HERE + 1} + {chosen} % {len(_PLACES) - _HERE}"
        home = f"CASE WHEN {chosen} < 38000 THEN 1 + {chosen} % {_HERE} ELSE {abroad} END"
        kind = draws.number()
        told = {
            "kind": f"CASE WHEN {kind} < 36000 THEN 'individual' WHEN {kind} < 65200 THEN 'entity' END",
            "home": f"CAST({home} AS INTEGER)",
            "gaps": draws.chance(0.2),
            "opened": f"{_OPENED} + {draws.upto(3400)}",
            "members": f"CASE WHEN {kind} >= 36000 THEN [1, 1, 2, 2, 2, 3, 3, 4][1 + {draws.number()} % 8] ELSE 0 END",
            "split": draws.upto(1),
            "layered": f"({draws.chance(0.04)} AND {kind} >= 36000)",
        }
        derived = ", ".join(f"{value} AS {name}" for name, value in told.items())
        return f"(SELECT *, {derived} FROM ({draws.around(_numbers(self._rows))}) AS drawn)"

    def customers(self) -> tuple[str, dict[str, str]]:
        """Customers: where they are drawn from, and the columns."""
        draws = _Draws(self._seed, "customer", "i")
        given = {
            **_party(draws, "home", "(kind = 'individual')", "i", "opened"),
            "kind": "kind",
            "account_id": _account("i"),
            "served_by": f"COALESCE({_listed(_SERVING)}[1 + {draws.number()} % 50], 'northwind')",
            "opened_on": draws.present("opened"),
            "closed_on": f"CASE WHEN {draws.chance(0.05)} THEN least(opened + 30 + {draws.upto(1500)}, {_TODAY}) END",
            "last_accessed_on": draws.present(f"greatest(opened, {_TODAY} - {draws.upto(150)})"),
            "opened_for": draws.present(f"CASE WHEN {draws.chance(0.98)} THEN 'customer' ELSE 'other' END"),
            "reseller_account": draws.present(draws.chance(0.01)),
            "owners_known": draws.present(f"(kind = 'individual' OR {draws.chance(0.95)})"),
            "account_nature": draws.present(
                draws.one("Web hosting", "Data analysis", "Backups, off site", "Model training", "Development", None)
            ),
        }
        late = f"{given['identity_verified']} IS FALSE"
        given["verification_plan"] = f"CASE WHEN {late} THEN 'Documents requested; limited access until they come' END"
        given["deprovision_on"] = f"CASE WHEN {late} THEN {_TODAY} + 30 + {draws.upto(60)} END"
        return self._drawn(
            self._accounts(),
            draws,
            given,
            {
                "country": "'Germany'",
                "citizenships": "['United States']",
                "organized_in": "'Delaware'",
                "opened_on": _WRONG_DAY,
                "verified_on": _WRONG_DAY,
                "email": "'none at example.com'",
                "phone": "'n/a'",
                "kind": "'company'",
                "account_id": _account("greatest(i - 1, 0)"),
                "served_by": "'nobody'",
            },
            structure="city",
        )

    def owners(self) -> tuple[str, dict[str, str]]:
        """Owners of the customers that are entities, or whose kind is not known."""
        draws = _Draws(self._seed, "owner", "(i * 8 + place)")
        elsewhere = f"(1 + {draws.number()} % {len(_PLACES)})"
        lives = f"CASE WHEN {draws.chance(0.88)} THEN home ELSE {elsewhere} END"
        splits = (
            "[[[100], [60, 40], [51, 24.5, 24.5], [25, 25, 25, 25]],"
            " [[100], [50, 50], [40, 35.005, 24.995], [70, 10, 10, 10]]]"
        )
        given = {
            **_party(draws, "lives", "TRUE", "(i * 8 + place)", "opened"),
            "kind": "'individual'",
            "account_id": _account("i"),
            "owner_id": "'o' || (place + 1)",
            "share": draws.present(f"CAST({splits}[split + 1][members][place + 1] AS DECIMAL(15, 12))"),
            "substantial_control": draws.present(f"(place = 0 AND {draws.chance(0.6)})"),
            "senior_officer": draws.present(f"(place = 0 AND {draws.chance(0.7)})"),
        }
        placed = f"(SELECT *, unnest(range(members)) AS place FROM {self._accounts()} AS accounts)"
        return self._drawn(
            placed,
            draws,
            given,
            {
                "country": "'Deutschland'",
                "citizenships": "['French']",
                "share": "100.5",
                "verified_on": _WRONG_DAY,
                "email": "'see file'",
                "phone": "'-'",
                "account_id": _account(f"{self._rows} + i"),
                "owner_id": "CASE WHEN place > 0 THEN 'o1' END",
            },
            structure="city",
            derived=({"lives": lives},),
        )

    def accesses(self) -> tuple[str, dict[str, str]]:
        """Accesses in the order of time: half of them of any account, the other half of the busy ones."""
        draws = _Draws(self._seed, "access", "i")
        total = 5 * self._rows
        drawn, word = draws.word(), draws.word()
        busy = f"CASE WHEN {word} & 1 = 0 THEN {drawn} ELSE ({drawn} * {drawn}) >> 32 END"
        account = f"CAST((({busy}) * {self._rows}) >> 32 AS BIGINT)"
        # An account has up to four addresses.
        host = _Draws(self._seed, "address", f"(account * 4 + CAST(({word} >> 1) & 3 AS BIGINT))")
        address, group = host.word(), host.word()
        first = "[3, 5, 13, 18, 23, 34, 35, 37, 46, 52, 54, 62, 66, 77, 79, 81, 85, 89, 91, 95, 103, 142, 185, 212]"
        octets = ", ".join(f"({address} >> {8 * place}) & 255" for place in range(1, 4))
        ipv4 = f"concat_ws('.', {first}[CAST(1 + {group} % 24 AS INTEGER)], {octets})"
        ipv6 = f"printf('2a02:%x:%x::%x', {address} >> 16 | 1, {address} & 65535 | 1, {group} & 65535 | 1)"
        inside = f"concat_ws('.', 10, {octets})"
        ip = (
            f"CASE WHEN {group} >> 24 < 24 THEN {ipv6} WHEN {group} >> 24 < 26 THEN {inside} "
            f"WHEN ({word} >> 3) & 255 > 0 THEN {ipv4} END"
        )
        use = f"({word} >> 17) & 15"
        second = f"{_NOT_BEFORE} + i * {_SECONDS} // {total} + ({word} >> 11 & 63)"
        given = {
            "account_id": _account("account"),
            "ip": ip,
            "at": f"CASE WHEN ({word} >> 3) & 511 <> 1 THEN to_timestamp({second}) END",
            "action": f"CASE WHEN {use} = 0 THEN 'administration' WHEN {use} < 14 THEN 'access' END",
        }
        return self._drawn(
            _numbers(total),
            draws,
            given,
            {
                "ip": f"{ipv4} || ':443'",
                "at": "to_timestamp(-61000000000)",
                "action": "'login'",
                "account_id": _account(f"{self._rows} + account"),
            },
            structure="ip",
            derived=({"account": account}, host),
        )

    def training(self) -> tuple[str, dict[str, str]]:
        """Training transactions, one for about two hundred accounts."""
        draws = _Draws(self._seed, "training", "i")
        total = self._rows // 200 + 1
        home = f"(1 + {draws.number()} % {len(_PLACES)})"
        mark = draws.upto(89)
        named = f"{draws.chance(0.3)}"
        name = f"{draws.one(*_LAST)} || ' ' || {draws.one(*_TRADES)}"
        own = draws.one(*_FIRST)

        def foreign(value: str) -> str:
            return f"CASE WHEN named THEN {draws.present(value)} END"

        reported = f"CASE WHEN {draws.chance(0.7)} THEN known + {draws.upto(20)} END"
        exponent = draws.number()
        given = {
            "transaction_id": _numbered("T", "i"),
            "account_id": _account(f"(i * 199 + {draws.upto(150)}) % {self._rows}"),
            "agreed_on": "known - 1",
            "changed_on": f"CASE WHEN {draws.chance(0.05)} THEN known + {draws.upto(20)} END",
            "known_on": draws.present("known"),
            "for_foreign_person": draws.present(draws.chance(0.6)),
            "operations": draws.present(
                f"CAST(1 + {draws.number()} AS DECIMAL(38, 0)) * (CASE {exponent} % 4 WHEN 0 THEN "
                f"{10**17} WHEN 1 THEN {10**19} WHEN 2 THEN {10**21} ELSE {10**23} END)"
            ),
            "single_datacenter": draws.present(draws.chance(0.8)),
            "network_gbit_s": draws.present(f"[25, 100, 200, 400, 0.5][1 + {draws.number()} % 5]"),
            "cluster_ops_per_s": draws.present(f"CAST(1 + {draws.number()} AS DECIMAL(38, 0)) * {10**16}"),
            "meets_technical_conditions": f"CASE WHEN {draws.chance(0.2)} THEN {draws.chance(0.5)} END",
            "biological_sequences": draws.present(draws.chance(0.05)),
            "start_on": draws.present(f"known + 10 + {draws.upto(30)}"),
            "end_on": draws.present(f"known + 45 + {draws.upto(200)}"),
            "accelerator": draws.present(draws.one("H100", "H200", "A100", "MI300X", "TPU v5p")),
            "training_practices": draws.present("'Checkpoints every hour; data of the customer alone'"),
            "weights_policy": draws.present("'Encrypted at rest; two persons to export'"),
            "incidents": draws.present("'none'"),
            "request_location": draws.present(_place(1, "home")),
            "foreign_person": "CASE WHEN named THEN name END",
            "foreign_person_kind": foreign("'entity'"),
            "foreign_person_other_names": foreign("[name || ' Group']"),
            "foreign_person_address": foreign(f"'1 Harbour Road, ' || {_place(1, 'home')}"),
            "foreign_person_military_box": f"CASE WHEN named AND {draws.chance(0.02)} THEN 'PSC 3 Box 1200' END",
            "foreign_person_organized_in": foreign(_place(0, "home")),
            "foreign_person_owners": foreign(f"[own || ' ' || {draws.one(*_LAST)}]"),
            "foreign_person_email": foreign(f"'office' || i || '@{_DOMAINS[0]}'"),
            "foreign_person_phone": foreign(f"{_place(4, 'home')} || ' 5550100'"),
            "ultimate_beneficial_owner": f"CASE WHEN named AND {draws.chance(0.2)} THEN own || ' Keller' END",
            "via_reseller": draws.present(draws.chance(0.1)),
            "reported_on": reported,
            "reseller_reported_on": f"CASE WHEN {draws.chance(0.05)} THEN known + 5 END",
            "information_requested_on": f"CASE WHEN {draws.chance(0.1)} THEN known + 20 END",
            "information_furnished_on": f"CASE WHEN {draws.chance(0.05)} THEN known + 30 END",
            "inaccuracy_known_on": f"CASE WHEN {draws.chance(0.03)} THEN known + 25 END",
            "corrected_on": f"CASE WHEN {draws.chance(0.02)} THEN known + 35 END",
            "amount_usd": draws.present(f"CAST({draws.number()} AS DECIMAL(18, 6)) * 125.5"),
        }
        derived = {
            "gaps": draws.chance(0.1),
            "home": home,
            "known": f"{_TODAY} - 90 + {mark}",
            "named": named,
            "name": name,
            "own": own,
        }
        return self._drawn(
            _numbers(total),
            draws,
            given,
            {
                "transaction_id": _numbered("T", "greatest(i - 1, 0)"),
                "agreed_on": _WRONG_DAY,
                "account_id": _account(f"{self._rows} + i"),
                "foreign_person_kind": "'company'",
            },
            structure="accelerator",
            derived=(derived,),
        )

    def stakes(self) -> tuple[str, dict[str, str]]:
        """Who holds what in a few of the entities: two owners, and a company that stands between."""
        draws = _Draws(self._seed, "stake", "(i * 8 + place)")
        between = "'Holding ' || i"
        given = {
            "account_id": _account("i"),
            "holder": f"CASE place WHEN 0 THEN 'o1' WHEN 1 THEN {between} ELSE 'o2' END",
            "holder_kind": draws.present("CASE place WHEN 1 THEN 'entity' ELSE 'individual' END"),
            "held": f"CASE place WHEN 2 THEN {between} END",
            "share": draws.present(
                f"CASE place WHEN 0 THEN {draws.one('40', '30', '25-50', '<=25')} "
                f"WHEN 1 THEN {draws.one('50', '>50', '40-50')} ELSE {draws.one('100', '75', '>25', '24.995')} END"
            ),
        }
        placed = f"(SELECT *, unnest(range(3)) AS place FROM {self._accounts()} AS accounts WHERE layered)"
        return self._drawn(
            placed,
            draws,
            given,
            {
                "share": "'about half'",
                "holder": "NULL",
                "holder_kind": "'person'",
                "account_id": _account(f"{self._rows} + i"),
            },
            structure="share",
        )

    # Rows that are wrong --------------------------------------------------------------------------

    def _drawn(
        self,
        source: str,
        draws: _Draws,
        given: Mapping[str, str],
        wrong: Mapping[str, str],
        *,
        structure: str,
        derived: Sequence[Mapping[str, str] | _Draws] = (),
    ) -> tuple[str, dict[str, str]]:
        """A source with its draws made, and the columns with what is wrong in some rows.

        Args:
            source: what stands after FROM.
            draws: what the columns drew.
            given: the columns.
            wrong: a wrong value for some of them, each in rows of its own.
            structure: the column beside which what is wrong with a line as a line stands.
            derived: what the columns go by beside that, one after the other.
        """
        whether, which = draws.word(), draws.word()
        structures = {
            f"chr({EXTRA_FIELD})": "",
            f"chr({BAD_BYTE})": "",
            f"chr({STRAY_QUOTE}) || 'a' || chr({STRAY_QUOTE}) || 'b'": "",
        }
        kinds = len(wrong) + len(structures)
        # One number tells whether anything is wrong, another one what.
        limit = round(self._dirty * (1 << 32))
        fault = f"CAST(CASE WHEN {whether} < {limit} THEN {which} % {kinds} ELSE {kinds} END AS INTEGER)"
        columns = dict(given)
        if limit:
            for place, (column, value) in enumerate(wrong.items()):
                columns[column] = f"CASE WHEN fault = {place} THEN {value} ELSE {columns[column]} END"
            arms = " ".join(f"WHEN {len(wrong) + place} THEN {mark}" for place, mark in enumerate(structures))
            columns[structure] = (
                f"CASE WHEN fault BETWEEN {len(wrong)} AND {kinds - 1} THEN CASE fault {arms} END "
                f"ELSE {columns[structure]} END"
            )
        made = draws.around(source)
        for step, values in enumerate((*derived, {"fault": fault})):
            if isinstance(values, _Draws):
                made = values.around(f"({made})")
            else:
                told = ", ".join(f"{value} AS {name}" for name, value in values.items())
                made = f"SELECT *, {told} FROM ({made}) AS step{step}"
        return f"({made}) AS rows", columns


def _numbers(count: int) -> str:
    return f"(SELECT i FROM numbers WHERE i < {count})"


def _numbered(letter: str, number: str) -> str:
    return f"{quoted(letter)} || lpad(CAST({number} AS VARCHAR), 9, '0')"


def _account(number: str) -> str:
    return _numbered("A", number)


def _party(draws: _Draws, home: str, individual: str, number: str, opened: str) -> dict[str, str]:
    """What customers and owners have in common."""
    first, last = draws.one(*_FIRST), draws.one(*_LAST)
    firm = f"{last} || ' ' || {draws.one(*_TRADES)}"
    verified, method = draws.number(), draws.number()
    here = f"{home} <= {_HERE + 1}"
    chosen = draws.number()
    box = f"({individual} AND {home} <= {_HERE} AND {chosen} < 1500)"
    street = f"(1 + {draws.number()} % 990) || ' ' || {draws.one(*_STREETS)}"
    city = _place(1, home)
    identity = f"CASE WHEN {verified} < 61000 THEN TRUE WHEN {verified} < 64000 THEN FALSE END"
    done = f"{verified} < 61000"
    other = f"(1 + {draws.number()} % {len(_PLACES)})"
    way = f"CASE {method} % 4 WHEN 0 THEN 'non_documentary' WHEN 1 THEN 'both' ELSE 'documentary' END"
    mail = f"lower(strip_accents({first})) || '.' || replace(lower(strip_accents({last})), '''', '')"
    return {
        "name": draws.present(
            f"CASE WHEN {individual} THEN {first} || ' ' || {last} ELSE {firm} || {_place(5, home)} END"
        ),
        "other_names": f"CASE WHEN {draws.chance(0.08)} THEN CASE WHEN {individual} THEN [{first} || ' Smith'] "
        f"ELSE [{firm}, {last} || ' Group'] END END",
        "citizenships": draws.present(
            f"CASE WHEN {individual} THEN CASE WHEN {draws.chance(0.04)} THEN [{_place(0, home)}, {_place(0, other)}] "
            f"ELSE [{_place(0, home)}] END END"
        ),
        "us_permanent_resident": draws.present(f"CASE WHEN {individual} THEN NOT {here} AND {draws.chance(0.05)} END"),
        "organized_in": draws.present(f"CASE WHEN NOT {individual} THEN {_place(0, home)} END"),
        "located_in": f"CASE WHEN {draws.chance(0.1)} THEN {_place(0, home)} END",
        "street_address": draws.present(f"CASE WHEN NOT {box} THEN {street} END"),
        "city": draws.present(f"CASE WHEN {box} THEN 'APO' ELSE {city} END"),
        "region": draws.present(f"CASE WHEN {box} THEN 'AE' ELSE {_place(2, home)} END"),
        "postal_code": draws.present(f"CASE WHEN {box} THEN '09012' ELSE {_place(3, home)} END"),
        "country": draws.present(_place(0, home)),
        "military_box": f"CASE WHEN {box} THEN 'PSC 3 Box ' || (1000 + {chosen}) END",
        "use_locations": draws.present(
            f"CASE WHEN {draws.chance(0.2)} THEN [{city}, {_place(1, other)}] ELSE [{city}] END"
        ),
        "email": draws.present(f"{mail} || {number} || '@' || {draws.one(*_DOMAINS)}"),
        "phone": draws.present(f"{_place(4, home)} || ' ' || (2000000 + {draws.number()} * 100 + {chosen} % 100)"),
        "payment_type": draws.present(
            draws.one("credit_card", "credit_card", "account", "customer_identifier", "transaction", "virtual_currency")
        ),
        "payment_reference": draws.present(f"'tok_' || printf('%08x%08x', {draws.word()}, {draws.word()})"),
        "us_person_verified": draws.present(f"({here} AND {draws.chance(0.97)})"),
        "identity_verified": identity,
        "verification_method": f"CASE WHEN {done} THEN {draws.present(way)} END",
        "verified_on": f"CASE WHEN {done} THEN {draws.present(f'{opened} - {draws.upto(30)} + {draws.upto(4)}')} END",
        "verification_documents": f"CASE WHEN {done} AND {method} % 4 > 0 THEN CASE WHEN {individual} "
        f"THEN {draws.one('Passport', 'Driving licence', 'Identity card')} ELSE 'Registry extract, articles' END END",
        "verification_results": f"CASE WHEN {done} AND {method} % 4 < 2 THEN "
        f"{draws.one('Address confirmed by credit bureau', 'Bank reference matches', 'Registry entry matches')} END",
        "discrepancy_resolution": f"CASE WHEN {done} AND {draws.chance(0.02)} THEN 'Name change: certificate' END",
    }
