"""T1 and T2: no row is lost or invented, whatever is wrong with a file, and wherever it is cut.

The ways to spoil a file are those of the Pollock benchmark of data loading (Vitagliano et al., VLDB 2023), done here
to a file of ours: each at every row and cell, some 2,000 files. The files of csv-spectrum stand in tests/data.
"""

import csv
import hashlib
import io
import itertools
import random
import re
from dataclasses import dataclass
from datetime import date

import processes
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from processes import THOROUGH

import kycrule
from kycrule.errors import InputError
from kycrule.intake import rows as reading
from kycrule.intake.sift import Layout, rows_at, sift

TITLES = ["account_id", "kind", "name", "city", "country"]
NAMES = ["Ann", 'Ann "A." O\'Hara', "Sons, Ltd", "Two\nlines", "王小明", "", " padded "]
ROWS = [
    [
        f"A{place}",
        ["individual", "entity"][place % 2],
        NAMES[place % 7],
        ["Köln", "", "a;b"][place % 3],
        ["DE", "FR", "", "NA"][place % 4],
    ]
    for place in range(40)
]


def lines_of(rows, *, quoting=csv.QUOTE_MINIMAL, end="\r\n", delimiter=","):
    """Each row as it is written, with its line end."""
    for row in rows:
        stream = io.StringIO(newline="")
        csv.writer(stream, lineterminator=end, quoting=quoting, delimiter=delimiter).writerow(row)
        yield stream.getvalue()


@dataclass(frozen=True)
class Spoilt:
    """A file with something wrong in it, and the rows that may be lost to quarantine by that: no other may."""

    name: str
    data: bytes
    may_be_lost: frozenset
    delimiter: str = ","


def spoilt():
    """Every way to spoil the file."""
    for quoting, word in ((csv.QUOTE_ALL, "quoted"), (csv.QUOTE_MINIMAL, "plain")):
        header, *lines = lines_of([TITLES, *ROWS], quoting=quoting)

        def whole(place, *changed, header=header, lines=lines):
            return (header + "".join([*lines[:place], *changed, *lines[place + 1 :]])).encode()

        def of(name, place, *changed, lost=None, word=word, whole=whole):
            may = frozenset({place}) if lost is None else frozenset(lost)
            return Spoilt(f"{word} {name} {place}", whole(place, *changed), may)

        for place, line in enumerate(lines):
            text = line.removesuffix("\r\n")
            cells = next(iter(lines_of([ROWS[place]], quoting=quoting))).removesuffix("\r\n")
            for at in sorted({found.start() for found in re.finditer(",", cells)} | {0, len(text)}):
                yield of(f"quote at {at} of", place, text[:at] + '"' + text[at:] + "\r\n")
                yield of(f"delimiter at {at} of", place, text[:at] + "," + text[at:] + "\r\n")
                yield of(f"apostrophe at {at} of", place, text[:at] + "'" + text[at:] + "\r\n")
                if 0 < at < len(text):
                    yield of(f"no delimiter at {at} of", place, text[:at] + text[at + 1 :] + "\r\n")
            yield of("quote in the middle of", place, text[: len(text) // 2] + '"' + text[len(text) // 2 :] + "\r\n")
            yield of("no quotes in", place, text.replace('"', "") + "\r\n")
            yield of("backslashes in", place, text.replace('""', '\\"') + "\r\n")
            yield of("semicolons in", place, text.replace(",", ";") + "\r\n")
            yield of("apostrophes in", place, text.replace('"', "'") + "\r\n")
            yield of("another line end after", place, text + "\n", lost=())
            yield of("a return after", place, text + "\r", lost=())
            yield of("two line ends after", place, text + "\r\n\r\n", lost=())
            yield of("nothing in place of", place)
            yield of("an empty row in place of", place, "," * (len(TITLES) - 1) + "\r\n")
            yield of("half of", place, text[: len(text) // 2] + "\r\n")
            yield of("15 fields in", place, text + "," * 10 + "\r\n")
            yield of("a footnote after", place, line, "Total: 7\r\n", lost=())
            yield of("another table after", place, line, "x,y\r\n1,2\r\n", lost=())
            yield of("the header after", place, line, header, lost=())
            yield of("a NUL in", place, text[:3] + "\0" + text[3:] + "\r\n")
        for end in ("\n", "\r", "\r\n"):
            for delimiter in (",", ";", "|", "\t", ":"):
                if end == "\r" and word == "plain":
                    # Python's writer leaves other line ends bare there.
                    continue
                text = "".join(lines_of([TITLES, *ROWS], quoting=quoting, end=end, delimiter=delimiter))
                for last in (text, text.removesuffix(end)):
                    yield Spoilt(f"{word} {end!a} {delimiter!a} {last == text}", last.encode(), frozenset(), delimiter)
        yield Spoilt(f"{word} with a mark", b"\xef\xbb\xbf" + whole(0, lines[0]), frozenset())


SPOILT = list(spoilt())
CASES = SPOILT if THOROUGH else SPOILT[::4]
HANGING = re.compile(r"^(quoted|plain) quote ")


@dataclass
class Found:
    """What a pass over a file came to."""

    ids: list
    refused: list
    blank_lines: int
    covered: bool


def sifted(path, delimiter=",", **sizes):
    """Tell the rows of a file apart, as a run does."""
    data = path.read_bytes()
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    names, start, line = reading.header(path, start, delimiter)
    layout = Layout(path=path, start=start, line=line, width=len(names), delimiter=delimiter, **sizes)
    refused = []
    parts = path.parent / f"{path.name}.parts"
    parts.mkdir(exist_ok=True)
    told = sift(layout, lambda part: parts / str(part), refused.append, lambda *_: None)
    good = list(rows_at(layout, told, range(1, told.good + 1)))
    # Every byte is in a row, a line end, or a blank line: nothing stands between two rows but line ends.
    spans = sorted([(row.offset, row.offset + len(row.raw)) for row in (*good, *refused)])
    edges = [(start, start), *spans, (len(data), len(data))]
    covered = all(
        end <= begin and not data[end:begin].strip(b"\r\n") for (_, end), (begin, _) in itertools.pairwise(edges)
    )
    assert told.records == told.good + len(refused)
    return Found([row.fields[0] for row in good], refused, told.blank_lines, covered)


class TestSpoiltFiles:
    def test_t1_there_are_two_thousand_of_them(self):
        assert len(SPOILT) > 2_000

    def test_t1_every_byte_is_in_a_row_and_no_row_is_lost_but_the_spoilt_one(self, tmp_path):
        path = tmp_path / "c.csv"
        expected = [row[0] for row in ROWS]
        wrong = []
        for case in CASES:
            path.write_bytes(case.data)
            found = sifted(path, case.delimiter)
            lost = {int(name[1:]) for name in set(expected) - set(found.ids)}
            # A quote that opens in a row may close in the next one that has quotes; no further.
            allowed = case.may_be_lost | (
                {place + 1 for place in case.may_be_lost} if HANGING.match(case.name) else set()
            )
            if not found.covered or not lost <= allowed or len(found.ids) != len(set(found.ids)):
                wrong.append((case.name, sorted(lost), found.covered))

        assert wrong == []

    def test_t1_rows_that_python_reads_as_well_are_the_same_rows(self, tmp_path):
        path = tmp_path / "c.csv"
        compared = 0
        for case in CASES:
            text = case.data.decode("utf-8-sig")
            if "\0" in text or "\r" in text.replace("\r\n", ""):
                continue
            try:
                told = [
                    row
                    for row in csv.reader(io.StringIO(text, newline=""), delimiter=case.delimiter, strict=True)
                    if row
                ]
            except csv.Error:
                continue
            path.write_bytes(case.data)
            found = sifted(path, case.delimiter)
            if HANGING.match(case.name) or any("\n" in cell for place in case.may_be_lost for cell in ROWS[place]):
                # Where a quote hangs, Python takes the rows until the next one for one field; and of a spoilt row of
                # two lines it makes one row, where here each line goes to quarantine.
                continue
            compared += 1
            assert len(told) - 1 == len(found.ids) + len(found.refused), case.name
            assert [row[0] for row in told[1:] if len(row) == len(TITLES)] == found.ids, case.name

        assert compared > len(CASES) // 3

    @pytest.mark.parametrize("case", SPOILT if THOROUGH else SPOILT[:: len(SPOILT) // 4], ids=lambda case: case.name)
    def test_t1_a_run_of_it_adds_up(self, tmp_path, case):
        (tmp_path / "c.csv").write_bytes(case.data)
        result = kycrule.check(
            tmp_path / "c.csv", as_of=date(2024, 6, 1), out=tmp_path / "run", delimiter=case.delimiter
        )
        told = sifted(tmp_path / "c.csv", case.delimiter)

        assert result.summary["rows"] == len(told.ids) + len(told.refused)
        assert result.summary["rows"] == result.summary["determined"] + result.summary["quarantined"]
        assert result.accounts[0].blank_lines == told.blank_lines


# T2: cuts -------------------------------------------------------------------------------------------


def big(seed, count):
    """A file with every oddity, larger than some blocks."""
    dice = random.Random(seed)
    pieces = ["account_id,name,city\n"]
    for place in range(count):
        end = dice.choice(["\n", "\n", "\r\n"]) if seed % 2 else "\n"
        name = dice.choice(
            ["Ann", '"a,b"', '"a\nb"', '"a""b"', "é" * 30, '"', "", "x" * dice.randrange(200), '"a\r\nb"']
        )
        extra = dice.choice([""] * 9 + [",", ",,"])
        pieces.append(dice.choice([""] * 30 + [end]) + f"A{place},{name},{dice.choice(['', 'Köln'])}{extra}{end}")
    return "".join(pieces).encode()


@pytest.mark.parametrize("seed", range(20 if THOROUGH else 4))
def test_t2_wherever_a_file_is_cut_its_rows_are_the_same(tmp_path, seed):
    path = tmp_path / "c.csv"
    path.write_bytes(big(seed, 300))
    expected = sifted(path)
    assert expected.covered
    assert expected.refused
    sizes = [*range(1, 64), 127, 128, 255, 1_000, 4_096, 1 << 14] if THOROUGH else [1, 2, 3, 7, 64, 1_000]
    for block, piece in itertools.product(sizes, (1, 50, 1 << 14)):
        found = sifted(path, block=block, piece=piece)
        assert (found.ids, found.covered, found.blank_lines) == (expected.ids, True, expected.blank_lines), (
            block,
            piece,
        )
        assert [(row.record, row.line, row.offset, row.fault) for row in found.refused] == [
            (row.record, row.line, row.offset, row.fault) for row in expected.refused
        ], (block, piece)


@pytest.mark.parametrize("threads", [1, 2])
def test_t2_threads_change_no_byte(tmp_path, threads):
    path = tmp_path / "c.csv"
    path.write_bytes(big(1, 3_000))
    for place in range(2):
        kycrule.check(path, as_of=date(2024, 6, 1), out=tmp_path / f"run{place}", threads=threads + place % 2)

    assert processes.digests(tmp_path / "run0") == processes.digests(tmp_path / "run1")


LONGEST = reading.LONGEST


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("quoted", [False, True], ids=["plain", "quoted"])
@pytest.mark.parametrize("over", [-2, -1, 0, 1, 2])
def test_t2_a_row_at_the_limit_is_a_row_and_one_over_it_is_too_long(tmp_path, end, quoted, over):
    # Fuzzing found both: a line end of two bytes across the limit, and a quoted record that ends exactly there.
    path = tmp_path / "c.csv"
    cell = b"x" * (LONGEST + over - len(b"A1,") - 2 * quoted)
    row = b"A1," + (b'"' + cell + b'"' if quoted else cell)
    assert len(row) == LONGEST + over
    path.write_bytes(end.join([b"account_id,name", b"A0,a", row, b"A2,b", b""]))
    found = sifted(path)

    assert found.ids == (["A0", "A1", "A2"] if over <= 0 else ["A0", "A2"])
    assert [row.fault.name for row in found.refused] == ([] if over <= 0 else ["row-too-long"])
    assert [row.line for row in found.refused] == ([] if over <= 0 else [3])
    assert found.blank_lines == 0


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("block", [1 << 20, (1 << 20) + 1, (1 << 20) - 1, 1 << 23])
def test_t2_after_a_row_that_is_too_long_reading_goes_on_with_the_next_line(tmp_path, end, block):
    path = tmp_path / "c.csv"
    for length in (LONGEST + 1, 2 * LONGEST - 1, 2 * LONGEST, (1 << 23) - 6, (1 << 23) - 5, (1 << 23) - 4):
        path.write_bytes(end.join([b"account_id", b"A0", b"x" * length, b"A2", b""]))
        found = sifted(path, block=block)

        assert (found.ids, len(found.refused), found.blank_lines) == (["A0", "A2"], 1, 0)


# Anything at all ------------------------------------------------------------------------------------

PIECES = st.sampled_from(["a", "é", '"', '""', ",", "\n", "\r\n", "\r", " ", "\t", "'", "=", "\0", "\\", ";"])


@given(st.lists(PIECES, max_size=60).map("".join), st.integers(1, 40), st.integers(1, 40))
@settings(
    max_examples=20_000 if THOROUGH else 400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_t1_any_bytes_are_rows_whose_bytes_are_all_there(tmp_path, text, block, piece):
    path = tmp_path / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.csv"
    path.write_bytes(("account_id,name\n" + text).encode())
    try:
        one, other = sifted(path), sifted(path, block=block, piece=piece)
    except InputError:
        return
    finally:
        path.unlink()

    assert one.covered
    assert (one.ids, one.blank_lines) == (other.ids, other.blank_lines)
    assert [(row.offset, row.fault) for row in one.refused] == [(row.offset, row.fault) for row in other.refused]
