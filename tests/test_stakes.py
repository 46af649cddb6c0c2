"""Stakes of accounts: one record and a whole file give the same answers, and no row of a stake is lost."""

import csv
import json
import random
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

import kycrule
from kycrule.answers import determinations
from kycrule.determine import program
from kycrule.engines.duckdb import Engine
from kycrule.errors import DefinitionError, InputError
from kycrule.intake import Inputs, load, shares
from kycrule.law.s301_definitions import BENEFICIAL_OWNER_SHARE
from kycrule.ownership import AT_LEAST
from kycrule.readings import Readings
from kycrule.records import Customer, Provider
from kycrule.stakes import COUNTS, IGNORED, holdings

AS_OF = date(2024, 6, 1)
US = Provider.read({"id": "p", "organized_in": "US", "offers_iaas": True, "product_us_owned": True})
ENTITY = {
    "kind": "entity",
    "organized_in": "US",
    "country": "US",
    "owners_known": True,
    "opened_for": "customer",
    "us_person_verified": True,
}
CHINESE = {"citizenships": ["CN"], "country": "CN", "substantial_control": False}
T26 = ("holder,holder_kind,held,share", "o1,individual,HoldCo,60", "HoldCo,entity,,50")


class Run:
    """A run of a file with stakes."""

    def __init__(self, folder, accounts, stakes, *, owners=(), **options):
        folder.mkdir(exist_ok=True)
        lines = ["account_id," + ",".join(ENTITY), *(f"{name},entity,US,US,yes,customer,yes" for name in accounts)]
        paths = {"customers": lines, "stakes": stakes}
        paths["owners"] = ["account_id,owner_id,citizenships,country,substantial_control,share", *owners]
        for name, content in paths.items():
            (folder / f"{name}.csv").write_text("\n".join(content) + "\n", encoding="utf-8")
        self.result = kycrule.check(
            folder / "customers.csv",
            owners=folder / "owners.csv",
            stakes=folder / "stakes.csv",
            providers=[US],
            as_of=AS_OF,
            out=folder / "run",
            **options,
        )
        self.summary = self.result.summary
        self.answers = {row["account_id"]: row for row in self.table("determinations")}
        self.codes = [row["code"] for row in self.table("quarantine")]

    def table(self, name):
        with (self.result.out / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def file(self, name):
        [found] = [file for file in self.summary["files"] if file["name"] == f"{name}.csv"]
        return found["records"], found["used"], found["quarantined"], found["unattributed"]


@pytest.fixture
def checked(tmp_path):
    return lambda *rest, **options: Run(tmp_path / "in", *rest, **options)


def of(account, *lines):
    """Lines of stakes.csv of one account."""
    return [f"{account},{line}" for line in lines]


HEADER = "account_id,holder,holder_kind,held,share"


def generated(count, seed):
    """Accounts with random owners and random graphs, ids and all, many of them contradictory."""
    chance = random.Random(seed)
    amounts = ["5", "10", "24.999999999999", "25", "33.333333333333", "50", "60", "100", "10-30", ">25", "<25", None]
    for place in range(count):
        of = f"acme-{place}"
        names = ["o1", "o2", "o3", "Ann", "A", "B", of]
        owners = [
            {
                "owner_id": name,
                "citizenships": chance.choice([["US"], ["FR"], None]),
                "country": chance.choice(["US", "FR", None]),
                "share": chance.choice([None, None, "10", "25", "60"]),
                "substantial_control": chance.choice([False, False, None, True]),
                "us_person_verified": chance.choice([True, None]),
            }
            for name in chance.sample(["o1", "o2", "o3", None], chance.randint(0, 3))
        ]
        stakes = [
            {
                "holder": holder,
                "holder_kind": chance.choice(["individual", "individual", None])
                if holder in {"o1", "o2", "o3", "Ann"}
                else chance.choice(["entity", "entity", "entity", None]),
                "held": chance.choice(["A", "B", of, None, None]),
                "share": chance.choice(amounts),
            }
            for holder in chance.choices(names, k=chance.randint(0, 6))
        ]
        yield Customer.read({"account_id": of, **ENTITY, "owners": owners, "stakes": stakes})


def by_file(customers, readings, folder):
    """The answers of DuckDB, through the intake."""
    path = folder / "customers.jsonl"
    path.write_text("".join(f"{each.model_dump_json(exclude_none=True)}\n" for each in customers), encoding="utf-8")
    engine = Engine(folder)
    try:
        load(engine, Inputs(customers=str(path)), folder, [US.id])
        engine.load_providers([US])
        engine.judge(program(readings), AS_OF)
        return list(determinations(engine, AS_OF, readings))
    finally:
        engine.close()


RECORD = {
    "account_id": "acme",
    **ENTITY,
    "owners": [{"owner_id": "o1", "name": "Secret Name", **CHINESE}],
    "stakes": [
        {"holder": "o1", "holder_kind": "individual", "held": "HoldCo", "share": "60"},
        {"holder": "HoldCo", "holder_kind": "entity", "share": 50},
        {"holder": "Bob", "holder_kind": "individual", "share": "5"},
    ],
}


class TestEngines:
    """Whatever the stakes, one record gets the answer that a file gets."""

    @pytest.mark.parametrize("reading", [COUNTS, IGNORED])
    def test_they_agree_on_generated_accounts(self, reading, tmp_path):
        readings = Readings(indirect_ownership=reading)
        customers = list(generated(2_000, seed=26))

        one = [kycrule.determine(customer, provider=US, as_of=AS_OF, readings=readings) for customer in customers]
        other = by_file(customers, readings, tmp_path)

        assert [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]] == []
        assert {answer.foreign_owner for answer in one} == {True, False, None}

    def test_the_readings_differ_on_some_of_them(self):
        ways = [Readings(indirect_ownership=reading) for reading in (COUNTS, IGNORED)]
        answers = [
            [kycrule.determine(customer, provider=US, as_of=AS_OF, readings=way).disposition for way in ways]
            for customer in generated(300, seed=27)
        ]

        assert any(one != other for one, other in answers)


class TestHoldings:
    """What the rule reads of a graph."""

    def shares(self, *rows, stated=None, reading=COUNTS, **options):
        found = holdings("acme", rows, stated or {}, **options)
        return {holding.owner_id: holding.share(reading) for holding in found.of}

    def remarks(self, *rows, stated=None):
        return {kind for kind, _ in holdings("acme", rows, stated or {}).remarks}

    def test_the_threshold_is_the_constant_of_the_law(self):
        assert Fraction(BENEFICIAL_OWNER_SHARE.value) == 100 * AT_LEAST

    def test_a_share_that_never_ends_is_cut_off_after_twelve_decimals(self):
        rows = [("o", "individual", "H", "33.333333333333"), ("H", "entity", None, "33.333333333333")]

        assert self.shares(*rows) == {"o": Decimal("11.111111111110")}

    @pytest.mark.parametrize(
        ("share", "expected"),
        [
            ("<25", Decimal("24.999999999999")),
            ("25-50", Decimal(25)),
            (">25-50", Decimal(25)),
            ("5-10", Decimal(10)),
            ("25", Decimal(25)),
            ("20-25", None),
            (None, None),
        ],
    )
    def test_a_range_gives_the_end_next_to_the_threshold(self, share, expected):
        assert self.shares(("o", "individual", None, share)) == {"o": expected}

    def test_an_unread_stake_leaves_no_share_surely_too_low(self):
        rows = [("o", "individual", None, "24"), ("p", "individual", None, "25")]

        assert self.shares(*rows, unread=True) == {"o": None, "p": Decimal(25)}

    def test_a_holder_of_unknown_kind_is_never_surely_an_owner(self):
        rows = [("o", None, None, "30"), ("p", None, None, "20")]

        assert self.shares(*rows) == {"o": None, "p": Decimal(20)}
        assert self.shares(*rows, stated={"o": None}) == {"o": Decimal(30), "p": Decimal(20)}

    def test_the_direct_share_is_no_more_than_the_others_leave(self):
        rows = [("o", "individual", None, "10-100"), ("p", "individual", None, "80")]

        assert self.shares(*rows, reading=IGNORED) == {"o": Decimal(20), "p": Decimal(80)}

    def test_what_is_remarkable_is_named(self):
        assert self.remarks(("o", "individual", None, "60"), ("p", "individual", None, "60")) == {"over-100"}
        assert self.remarks(("o", "individual", "H", "100")) == {"missing", "unconnected"}
        assert self.remarks(("o", "individual", None, "100"), stated={"o": Decimal(30)}) == {"stated-otherwise"}
        assert self.remarks(("o", "individual", None, "100"), stated={"o": Decimal(100)}) == set()


class TestExplanation:
    """The explanation of a record shows how a share comes about."""

    def explained(self, **readings):
        answer = kycrule.determine(RECORD, provider=US, as_of=AS_OF, readings=Readings(**readings))
        return answer.explain()

    def test_it_shows_the_chain_and_what_is_missing(self):
        told = self.explained()

        assert "- o1: 30 %, at least 25 percent [7.301]\n  - o1 -> 60 % of HoldCo -> 50 % of acme" in told
        assert "- 1 other: less than 25 percent" in told
        assert "Of HoldCo a part is held by somebody not listed: 40 %." in told
        assert "Secret" not in told

    def test_it_shows_no_chain_that_does_not_count(self):
        told = self.explained(indirect_ownership=IGNORED)

        assert "o1 -> " not in told
        assert "- 2 others: less than 25 percent" in told

    def test_it_names_a_share_that_is_stated_otherwise(self):
        owner = {**RECORD["owners"][0], "share": "10"}
        answer = kycrule.determine({**RECORD, "owners": [owner]}, provider=US, as_of=AS_OF)

        assert "states a share that the stakes do not come to: o1" in answer.explain()

    def test_an_account_without_stakes_has_no_such_part(self):
        answer = kycrule.determine({**RECORD, "stakes": []}, provider=US, as_of=AS_OF)

        assert "stakes" not in answer.explain()


class TestFiles:
    """Stakes in a file of their own, every row accounted for."""

    def test_an_indirect_owner_is_found(self, checked):
        stakes = [HEADER, *of("a1", *T26[1:]), *of("a2", "o1,individual,HoldCo,40", "HoldCo,entity,a2,50")]
        run = checked(["a1", "a2", "a3"], stakes, owners=["a1,o1,CN,CN,no,", "a2,o1,CN,CN,no,"])

        assert [row["disposition"] for row in run.answers.values()] == [
            "covered",
            "exempt-us-persons",
            "exempt-us-persons",
        ]
        assert run.file("stakes") == (4, 4, 0, 0)
        assert run.summary["ownership"] == {"accounts": 2, "remarks": {"missing": 2}}
        names = [entry["name"] for entry in json.loads((run.result.out / "manifest.json").read_text())["inputs"]]
        assert "stakes.csv" in names

    def test_a_holder_without_a_row_comes_after_the_owners_that_have_one(self, checked):
        stakes = [HEADER, *of("a1", "Zoe,individual,,30", "Ann,individual,,40", "o1,individual,,30")]
        run = checked(["a1"], stakes, owners=["a1,o1,CN,CN,no,"])

        subjects = [row["subject"] for row in run.table("findings") if row["account_id"]]
        assert list(dict.fromkeys(subjects)) == ["a1", "o1", "Ann", "Zoe"]

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ("a1,,individual,,30", "K941"),
            ("nobody,o1,individual,,30", "K942"),
            ("a1,o1,individual,,30 to 40", "K922"),
            ("a1,o1,individual,,101", "K915"),
            ("a1,o1,person,,30", "K917"),
            ("a1,o1,individual,,30,more", "K901"),
            (",o1,individual,,30", "K930"),
        ],
    )
    def test_a_bad_row_is_in_quarantine(self, checked, line, code):
        run = checked(["a1"], [HEADER, line, "a1,o2,individual,,5"])

        assert run.codes == [code]
        assert run.file("stakes")[:3] == (2, 1, 1)

    def test_a_bad_row_leaves_its_account_open_and_no_other(self, checked):
        stakes = [HEADER, "a1,o1,individual,,10", "a1,o1,individual,HoldCo,x", "a2,o1,individual,,10"]
        run = checked(["a1", "a2"], stakes, owners=["a1,o1,CN,CN,no,", "a2,o1,CN,CN,no,"])

        assert [row["disposition"] for row in run.answers.values()] == ["undetermined", "exempt-us-persons"]
        assert run.answers["a1"]["turns_on"].split(";")[0] == "owners"
        assert "owners[o1].share" in run.answers["a1"]["turns_on"]

    def test_stakes_of_an_account_in_quarantine_are_there_too(self, checked):
        run = checked(["a1", "a1", "a2"], [HEADER, "a1,o1,individual,,30"])

        assert sorted(run.codes) == ["K931", "K931", "K936"]

    def test_a_file_without_holders_is_refused(self, checked):
        with pytest.raises(InputError, match="K991"):
            checked(["a1"], ["account_id,share", "a1,30"])

    def test_pages_may_end_within_an_account(self, checked, monkeypatch):
        stakes: list[str] = []
        owners = []
        for place in range(20):
            stakes += of(f"a{place}", *T26[1:], "o2,individual,,50")
            owners += [f"a{place},o1,CN,CN,no,", f"a{place},o2,US,US,no,"]
        random.Random(3).shuffle(stakes)
        names = [f"a{place}" for place in range(20)]
        whole = checked(names, [HEADER, *stakes], owners=owners)
        monkeypatch.setattr(shares, "_SLICE", 7)
        paged = checked(names, [HEADER, *stakes], owners=owners, force=True)

        assert whole.answers == paged.answers
        assert {row["disposition"] for row in paged.answers.values()} == {"covered"}

    def test_the_order_of_the_rows_changes_nothing(self, checked):
        lines = of("a1", "Zoe,individual,,30", "Ann,individual,B,40", "B,entity,,60", "o1,individual,,10-20")
        owners = ["a1,o1,CN,CN,,"]
        one = checked(["a1"], [HEADER, *lines], owners=owners)
        findings = one.table("findings")
        other = checked(["a1"], [HEADER, *reversed(lines)], owners=owners, force=True)

        assert one.answers == other.answers
        assert findings == other.table("findings")

    def test_json_lines_hold_stakes_inside(self, tmp_path):
        path = tmp_path / "customers.jsonl"
        path.write_text(json.dumps({**RECORD, "account_id": "a1"}) + "\n", encoding="utf-8")
        result = kycrule.check(path, providers=[US], as_of=AS_OF)

        assert result.summary["dispositions"]["covered"] == 1
        with pytest.raises(DefinitionError, match="stakes"):
            kycrule.check(path, stakes=path, providers=[US], as_of=AS_OF)


STAKES = [HEADER, *of("a1", *T26[1:]), *of("a2", "o1,individual,,60")]
OWNERS = ["a1,o1,CN,CN,no,", "a2,o1,CN,CN,no,", "a3,o1,CN,CN,no,60"]


class TestComparison:
    """How many answers turn on whether indirect ownership counts."""

    @pytest.mark.parametrize(
        ("reading", "value", "changed", "to"),
        [(COUNTS, IGNORED, 1, "exempt-us-persons"), (IGNORED, COUNTS, 1, "covered")],
    )
    def test_it_says_what_a_run_under_the_other_reading_says(self, checked, reading, value, changed, to):
        run = checked(
            ["a1", "a2", "a3"],
            STAKES,
            owners=OWNERS,
            readings=Readings(indirect_ownership=reading),
            compare=["indirect_ownership"],
        )

        assert run.summary["comparison"] == [
            {"reading": "indirect_ownership", "value": value, "changed": changed, "to": {to: changed}}
        ]
        [row] = run.table("comparison")
        assert (row["account_id"], row["would_be"]) == ("a1", to)

    def test_without_stakes_nothing_changes(self, checked):
        run = checked(["a1", "a3"], [HEADER], owners=OWNERS[2:], compare=["indirect_ownership"])

        assert run.summary["comparison"] == [
            {"reading": "indirect_ownership", "value": IGNORED, "changed": 0, "to": {}}
        ]
        assert run.table("comparison") == []
