"""SQL and Python read the same cells: one answer and one value, whatever is written in them."""

# ruff: noqa: RUF001 - letters and digits that look like others are what is tested

import csv
import io
import itertools
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kycrule import cells
from kycrule.cells import CellError
from kycrule.engines.duckdb import Engine
from kycrule.intake import typed
from kycrule.intake.handover import own_file, restored, sifted_files, written
from kycrule.intake.jsonl import SEPARATOR
from kycrule.intake.rows import Counts, header, rows
from kycrule.intake.sift import Layout, sift

SPECTRUM = Path(__file__).parents[1] / "data/csv-spectrum"
KIND = cells.choice("individual", "entity", "it's")

# For each form a few texts that are in it, and the characters that nearly belong there.
NEAR: Mapping[str, tuple[cells.Form, tuple[str, ...], str]] = {
    form.name: (form, texts, alphabet)
    for form, texts, alphabet in (
        (
            cells.IDENTIFIER,
            ("A1", "x" * 256, "x" * 257, "é" * 256, "a\tb", "a\nb", "a\rb", "'", "NULL"),
            "aA1'é\t\n\r; ",
        ),
        (
            cells.TEXT,
            ("Ann O'Hara", "x" * 1024, "x" * 1025, "😀" * 1024, "😀" * 1025, "e\u0301" * 512),
            "aé😀\u0301'\n ",
        ),
        (cells.TEXTS, ("a;b", "a; ;b;", ";", "a" * 1025 + ";b", "a;" + "b" * 1024, "a;'b"), "aé';; \t\n"),
        (cells.EMAIL, ("a@b", "a" * 252 + "@b", "a" * 253 + "@b", "ä@ö.ü", "a@@b", "a@b,c@d"), "a@.é, ;\t\n\u00a0@"),
        (
            cells.PHONE,
            ("12345", "1234", "+49 30 12345", "1" * 64, "1" * 65, "1-2-3-4-5", "1\n2\n3\n4\n5"),
            "123-+ ٣３\n(x",
        ),
        (
            cells.COUNTRY,
            ("DE", "deu", "NA", "nam", "XK", "UK", "US", "ıt", "İT", "\u212aR", "\u017fE"),
            "deruUSnaıİſ\u212aß",
        ),
        (cells.COUNTRIES, ("DE;FR", "de; ;fra", "XK;DE", "DE;XK", ";", "NA;NA", "ıt;DE"), "deruUSna;; ıİſ\u212a"),
        (
            cells.DATE,
            (
                "2024-02-29",
                "2023-02-29",
                "1900-01-01",
                "1899-12-31",
                "2199-12-31",
                "2200-01-01",
                "2024-1-5",
                "infinity",
            ),
            "0123456789--T:/ ٣epoch(BC)",
        ),
        (
            cells.TIME,
            (
                *("2024-05-31T23:59:59Z", "2024-05-31t23:59:59z", "2024-05-31T23:59:59.123456789+23:59"),
                *("2024-05-31T23:59:59.999999999Z", "2024-05-31T23:59:59.9999995Z", "2024-05-31T23:59:59.0000005Z"),
                *("2024-02-30T00:00:00Z", "2024-05-31T23:59:60Z", "2024-05-31T23:59:59-23:59", "2024-05-31T24:00:00Z"),
                *(
                    "2024-05-31 23:59:59Z",
                    "2024-05-31T23:59:59",
                    "2024-05-31T23:59:59 Europe/Berlin",
                    "2024-05-31T23:59:59+02",
                ),
                *(
                    "1900-01-01T00:00:00+14:00",
                    "2199-12-31T23:59:59-14:00",
                    "2024-05-31T23:59:59.1Z",
                    "1900-02-29T00:00:00Z",
                ),
            ),
            "0123456789-:.TZtz+ ",
        ),
        (
            cells.SHARE,
            ("25", "100", "100.000000000000", "100.000000000001", "0.1234567890123", "007", "-0", "1e1", "1_0", "nan"),
            "0123456789..-+e_,%٣ ２",
        ),
        (
            cells.RANGE,
            (
                *("25", "25-50", "25 - 50", ">25-<50", ">=25-<=50", "> 25 - < 50", ">25", "<= 25", "25-25", ">25-25"),
                *("50-25", "25-100.1", ">100", ">=100", "<0", "<=0", "<100.1", "0-0", "25-<25", "25--50", "25-50-75"),
                *("99.999999999999-100.000000000000", "25.1234567890123", ">25.123456789012-<50.123456789012"),
            ),
            "0123456789..--<>= %٣–",
        ),
        (
            cells.YES_NO,
            ("yes", "No", "TRUE", "fAlSe", "1", "0", "y", "N", "ye\u017f", "FAL\u017fE", "t", "on"),
            "yesnotrufal01YESNO\u017fıİ",
        ),
        (KIND, ("individual", "entity", "it's", "Entity", "entity;individual", "entity\n"), "entiydual';E "),
    )
}

NASTY = (
    *(
        "",
        " ",
        "\t",
        "\r\n",
        "\n \t",
        "\u00a0",
        "\u2003",
        "\u3000",
        "\ufeff",
        "\u200b",
        "\u0085",
        "\u2028",
        "\u202e",
        "-",
        ".",
        "'",
    ),
    *(
        "''",
        '"',
        "\\",
        "\\N",
        "%",
        "_",
        "$1",
        "{}",
        "[]",
        "NULL",
        "null",
        "None",
        "nan",
        "NaN",
        "inf",
        "Infinity",
        "-inf",
    ),
    *("1_0", "٠.٢٥", "٣", "25%", "0,25", "1e3", "1E1", "1e-9", "２５", "-0", "+1", "0x1", ".5", "5.", "½", "1e999999"),
    *(
        "0.000000000001",
        "99.999999999999",
        "00",
        "000",
        "0000",
        "1000",
        "1 0",
        "10\n",
        "9" * 17,
        "9" * 5000,
        "0." + "0" * 12,
    ),
    *(
        "NA",
        "na",
        "NAM",
        "XK",
        "ZZ",
        "EU",
        "UK",
        "AN",
        "SU",
        "US",
        "PR",
        "GU",
        "VI",
        "AS",
        "MP",
        "UM",
        "FM",
        "MH",
        "PW",
        "de",
        "DEU",
    ),
    *(
        "ıt",
        "İT",
        "ıT",
        "\u212aR",
        "\u212a",
        "\u017f",
        "\u017fE",
        "ß",
        "ẞ",
        "ﬀ",
        "ＤＥ",
        "DЕ",
        "D\u0301E",
        "d e",
        "276",
        "Germany",
    ),
    *(
        "1899-12-31",
        "2200-01-01",
        "2024-02-30",
        "2024-01-05xyz",
        "2024-1-5",
        "20240105",
        "2024/01/05",
        "0001-01-01",
        "9999-12-31",
    ),
    *(
        "2024-01-05 ",
        "2024-01-05T",
        "2024-01-05 00:00:00",
        "2024-01-05 (BC)",
        "epoch",
        "today",
        "now",
        "infinity",
        "-infinity",
    ),
    *(
        "2024-01-01T00:00:00Z",
        "2024-01-01t00:00:00z",
        "2024-01-01T00:00:00",
        "2024-01-01T00:00:60Z",
        "2024-01-01T00:00:00+0200",
    ),
    *(
        "2024-01-01T00:00:00.123456789Z",
        "2024-01-01T00:00:00.1234567890Z",
        "2024-01-01T00:00:00-00:00",
        "2024-01-01T00:00:00 UTC",
    ),
    *("yes", "YES", "y", "Y", "1", "0", "on", "t", "ye\u017f", "\u017f", "no", "n\u0307o", "false", "True", "maybe"),
    *("a@b", "a@b;c@d", "a b@c", "@", "a@", "@b", "a@\u00a0b", "a\u00a0@b", "a@b\n", "\n@b", "a@b\nc", "用@户"),
    *("a;b", ";", ";;", " ; ", "a;", ";a", "a; b", "a\n;b", "a;\u00a0;b", "a,b", "a|b"),
    *("individual", "entity", "Entity", "INDIVIDUAL", "entity ", "\tentity", "\u00a0entity"),
    *(
        "x" * 64,
        "x" * 65,
        "x" * 256,
        "x" * 257,
        "x" * 1024,
        "x" * 1025,
        "é" * 512,
        "é" * 1024,
        "😀" * 1024,
        "😀" * 1025,
        " x" * 600,
    ),
    *(
        "12345",
        "1234",
        "1-2-3-4-5",
        "+" + "1" * 63,
        "+" + "1" * 64,
        "１２３４５",
        "x12345x",
        "1\n2\n3\n4\n5",
        "1\t2345",
    ),
)


def drawn(texts, alphabet):
    """Some hundred texts near a form: of its alphabet, and of its good texts with one place changed."""
    pool = []
    near = st.text(alphabet=alphabet, max_size=14) | st.builds(
        lambda text, place, cut, new: text[: place % (len(text) + 1)] + new + text[place % (len(text) + 1) + cut :],
        st.sampled_from([text for text in texts if len(text) < 60]),
        st.integers(0, 60),
        st.integers(0, 2),
        st.text(alphabet=alphabet, max_size=2),
    )

    @given(st.lists(near, min_size=40, max_size=40))
    @settings(max_examples=40, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def gather(found):
        pool.extend(found)

    gather()
    return pool


def pool_of(texts, alphabet):
    pairs = (first + second for first, second in itertools.product(alphabet, repeat=2))
    return list(dict.fromkeys((*NASTY, *texts, *alphabet, *pairs, *drawn(texts, alphabet))))


def by_python(form, text):
    """Whether a cell is in its form, and its value."""
    try:
        return True, comparable(cells.read(form, text))
    except CellError:
        return False, None


def comparable(value):
    """A value as the engine gives it: an instant in microseconds, a list."""
    if isinstance(value, datetime):
        return (value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return list(value) if isinstance(value, tuple) else value


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    engine = Engine(tmp_path_factory.mktemp("engine"))
    yield engine
    engine.close()


def by_sql(engine, folder, form, texts, separator=cells.SEPARATOR):
    """The same for all texts at once, in the statements that the intake uses."""
    path = folder / "texts.csv"
    with written(path) as keep:
        for place, text in enumerate(texts):
            keep((place, text))
    text = "t.text"
    value = typed.value(form, text, separator)
    if form is cells.TIME:
        value = f"epoch_us({value})"
    return engine.execute(
        f"SELECT {typed.is_blank(form, text, separator)} OR {value} IS NOT NULL, {value} FROM ("
        f"SELECT CAST(record AS BIGINT) AS record, {typed.trimmed('text')} AS text FROM ("
        f"SELECT record, {restored('text')} FROM {own_file(path, ('record', 'text'))}) AS r) AS t ORDER BY record"
    )


class TestForms:
    @pytest.mark.parametrize("name", NEAR)
    def test_sql_and_python_give_one_answer_and_one_value(self, engine, tmp_path, name):
        form, good, alphabet = NEAR[name]
        texts = pool_of(good, alphabet)

        answers = by_sql(engine, tmp_path, form, texts)

        assert len(texts) >= 400
        assert len(answers) == len(texts)
        differing = []
        for text, (holds, value) in zip(texts, answers, strict=True):
            expected, read = by_python(form, text)
            if holds is not expected or (expected and value != read):
                differing.append((text, (expected, read), (holds, value)))
        assert differing == []

    @pytest.mark.parametrize("name", NEAR)
    def test_the_pool_has_cells_of_both_kinds(self, name):
        form, good, alphabet = NEAR[name]
        answers = [by_python(form, text) for text in pool_of(good, alphabet)]

        assert sum(holds for holds, value in answers if value is not None) >= 5
        assert sum(not holds for holds, _ in answers) >= 3

    @pytest.mark.parametrize("form", [cells.TEXTS, cells.COUNTRIES], ids=lambda form: form.name)
    def test_lists_from_json_keep_their_semicolons(self, engine, tmp_path, form):
        members = [["DE", "FR"], ["NA"], ["DE"] * 3]
        if form is cells.TEXTS:
            members += [["a;b", "c"], ["a;b"], [";"]]

        answers = by_sql(engine, tmp_path, form, [SEPARATOR.join(cell) for cell in members], SEPARATOR)

        assert answers == [(True, cell) for cell in members]

    def test_a_share_keeps_every_decimal(self, engine, tmp_path):
        texts = [f"{whole}.{part:012d}" for whole in (0, 9, 24, 99) for part in (1, 10**12 - 1, 123456789012)]

        answers = by_sql(engine, tmp_path, cells.SHARE, texts)

        assert [value for _, value in answers] == [cells.read(cells.SHARE, text) for text in texts]


# Rows ---------------------------------------------------------------------------------------------


def by_rows(path, delimiter=","):
    """Header and records as the reader of rows tells them apart."""
    names, start, line = header(path, 0, delimiter)
    counts = Counts()
    found = list(rows(path, start, line, len(names), delimiter, counts=counts))
    assert counts.end == path.stat().st_size
    return names, found


def by_engine(engine, path, delimiter=","):
    """Records as the engine reads them after they were sifted; None where it is not asked."""
    names, start, line = header(path, 0, delimiter)
    layout = Layout(path=path, start=start, line=line, width=len(names), delimiter=delimiter)
    sifted = sift(layout, lambda part: path.with_suffix(f".{part}"), lambda _: None, lambda *_: None)
    if not sifted.plain:
        return None
    if not sifted.parts:
        return []
    columns = [f"c{place}" for place in range(len(names))]
    listed = ", ".join(f"coalesce({column}, '')" for column in columns)
    return engine.execute(f"SELECT {listed} FROM {sifted_files(sifted.parts, columns, delimiter)}")


def handed_over(records):
    """What the engine is given of some records: no blanks at the ends of a cell, but beside an apostrophe."""
    return [tuple(cell if "'" in cell else cell.strip(cells.BLANKS) for cell in record) for record in records]


class TestCsvSpectrum:
    @pytest.mark.parametrize("path", sorted((SPECTRUM / "csvs").glob("*.csv")), ids=lambda path: path.stem)
    def test_every_file_is_read_as_it_should_be(self, path):
        expected = json.loads((SPECTRUM / "json" / f"{path.stem}.json").read_text(encoding="utf-8"))

        names, found = by_rows(path)

        assert [row.fault for row in found] == [None] * len(expected)
        assert [dict(zip(names, row.fields, strict=True)) for row in found] == expected

    @pytest.mark.parametrize("path", sorted((SPECTRUM / "csvs").glob("*.csv")), ids=lambda path: path.stem)
    def test_the_engine_reads_what_it_is_given_alike(self, engine, tmp_path, path):
        expected = json.loads((SPECTRUM / "json" / f"{path.stem}.json").read_text(encoding="utf-8"))
        copied = tmp_path / "f.csv"
        copied.write_bytes(path.read_bytes())

        read = by_engine(engine, copied)

        assert read in (None, handed_over(record.values() for record in expected))


CELLS = st.text(alphabet="ab1 ,;\"'\t\n\r=\u00e9\u2028😀\ufeff\\", max_size=5)


@st.composite
def tables(draw):
    """A table as a text: drawn cells, and the way in which they are written."""
    width = draw(st.integers(1, 4))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    body = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=6))
    # Python's writer leaves a lone return bare where lines end with a newline: then everything is quoted.
    bare = draw(st.booleans()) and not any("\r" in cell for row in body for cell in row)
    quoting = csv.QUOTE_MINIMAL if bare else csv.QUOTE_ALL
    delimiter = draw(st.sampled_from([",", ";", "\t"]))
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator=end, quoting=quoting, delimiter=delimiter)
    writer.writerow([f"h{place}" for place in range(width)])
    writer.writerows(body)
    text = stream.getvalue()
    return width, body, delimiter, text if draw(st.booleans()) else text.removesuffix(end)


class TestTables:
    @given(tables())
    @settings(max_examples=250, derandomize=True, deadline=None, database=None)
    def test_are_read_as_pythons_csv_reads_them(self, tmp_path_factory, engine, table):
        width, _, delimiter, text = table
        path = tmp_path_factory.mktemp("table") / "table.csv"
        path.write_bytes(text.encode())
        stream = io.StringIO(text, newline="")
        expected = [tuple(row) for row in csv.reader(stream, delimiter=delimiter, strict=True) if row][1:]

        names, found = by_rows(path, delimiter)

        assert len(names) == width
        assert [row.fault for row in found] == [None] * len(expected)
        assert [row.fields for row in found] == expected
        assert by_engine(engine, path, delimiter) in (None, handed_over(expected))

    @pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
    @pytest.mark.parametrize("last", [True, False], ids=["ended", "unended"])
    def test_quoted_line_ends_are_kept(self, engine, tmp_path, end, last):
        body = [('a"b', "x\ny"), ("", 'x\n\ny,""'), (" ", "é")]
        lines = ["h0,h1", *(",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) for row in body)]
        path = tmp_path / "table.csv"
        path.write_bytes((end.join(lines) + (end if last else "")).encode())

        assert by_engine(engine, path) == handed_over(body)
        assert [row.fields for row in by_rows(path)[1]] == body

    def test_the_engine_is_not_asked_for_a_return_within_a_cell(self, engine, tmp_path):
        path = tmp_path / "table.csv"
        path.write_bytes(b'h0,h1\na,"x\r\ny"\n')

        assert by_engine(engine, path) is None
