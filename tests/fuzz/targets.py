"""What is fuzzed: each target takes any bytes, and fails by an exception that nobody foresaw or by a broken promise."""

import contextlib
import itertools
import json
import tempfile
import tomllib
from pathlib import Path

from kycrule import addresses, cells, formulas, terminal
from kycrule.cases import load_cases
from kycrule.config import load_setting
from kycrule.errors import AddressError, DefinitionError, InputError, RecordError
from kycrule.intake import fields_of, jsonl
from kycrule.intake import rows as reading
from kycrule.intake.rows import Counts
from kycrule.intake.sift import Layout, rows_at, sift
from kycrule.ownership import parse_share
from kycrule.records import Customer
from kycrule.stakes import holdings

FORMS = [form for form in vars(cells).values() if isinstance(form, cells.Form)]
WORK = Path(tempfile.mkdtemp(prefix="kycrule-fuzz-"))


def _text(data):
    return data.decode("utf-8", errors="surrogateescape")


def rows(data):
    """Rows of CSV: every byte is in one of them, at every size of blocks, and good rows are read again alike."""
    if len(data) < 3:
        return
    delimiter, block, piece = ",;\t|"[data[0] % 4], 1 + data[1] % 64, 1 + data[2] % 64
    path = WORK / "rows.csv"
    path.write_bytes(data[3:])
    found = [_sifted(path, delimiter, **sizes) for sizes in ({}, {"block": block, "piece": piece})]
    assert found[0] == found[1]


def _sifted(path, delimiter, **sizes):
    names, start, line = reading.header(path, 0, delimiter)
    if not names:
        return None
    data = path.read_bytes()
    layout = Layout(path=path, start=start, line=line, width=len(names), delimiter=delimiter, **sizes)
    refused = []
    told = sift(layout, lambda part: path.with_suffix(f".{part}"), refused.append, lambda *_: None)
    good = list(rows_at(layout, told, range(1, told.good + 1)))
    assert told.records == len(good) + len(refused)
    spans = sorted((row.offset, row.offset + len(row.raw)) for row in (*good, *refused))
    for (_, end), (begin, _) in itertools.pairwise([(start, start), *spans, (len(data), len(data))]):
        assert end <= begin
        assert not data[end:begin].strip(b"\r\n")
    counts = Counts()
    plainly = list(reading.rows(path, start, line, len(names), delimiter, counts=counts))
    assert counts.end == len(data)
    assert [row.fields for row in plainly if row.fault is None] == [row.fields for row in good]
    assert counts.blank_lines == told.blank_lines
    return [(row.record, row.line, row.offset, row.fields, row.fault) for row in (*good, *refused)]


def cell(data):
    """A cell in any form: a value, nothing, or a fault that does not show it."""
    text = _text(data)
    for form in FORMS:
        told = ""
        try:
            cells.read(form, text)
        except cells.CellError as error:
            told = str(error)
        assert len(text) < 12 or text not in told


def json_line(data):
    """A line of JSON: a customer, or faults."""
    path = WORK / "line.jsonl"
    path.write_bytes(data)
    for row in jsonl.rows(path, 0, Counts()):
        customer, wrong = jsonl.customer(row)
        assert (customer is None) == bool(wrong)
        if customer is not None:
            jsonl.cells(customer)
            assert Customer.read(json.loads(customer.model_dump_json(exclude_none=True))) == customer


def record(data):
    """A record from a program: a customer, or an error that names fields."""
    fields = fields_of(_text(data))
    if fields is not None:
        with contextlib.suppress(RecordError):
            Customer.read(fields)


def formula(data):
    """A text as the cell of a CSV file: harmless, and had back exactly."""
    text = _text(data)
    guarded = formulas.guard(text)
    assert formulas.unguard(guarded) == text
    for part in guarded.split(";"):
        bare = part.lstrip(' \t\r\n"\x00\u200b\ufeff\u00a0\u3000')
        assert bare[:1] not in {*"=+-@\uff1d\uff0b\uff0d\uff20"} or not bare
        assert part[:1] not in {*"\t\r\n"} or not part


def shown(data):
    """A text on a terminal: nothing that it obeys."""
    told = terminal.safe_text(_text(data))
    assert not [sign for sign in told if (ord(sign) < 0x20 and sign != "\n") or 0x7F <= ord(sign) < 0xA0]


def address(data):
    """A text as an IP address: the one way to write it, or an error with a code."""
    text = _text(data)
    try:
        once = addresses.canonical(text)
        reachable = addresses.is_globally_reachable(text)
    except AddressError:
        return
    assert addresses.canonical(once) == once
    assert addresses.is_globally_reachable(once) is reachable


def toml(data):
    """A file of providers, and one of scenarios: settings, or an error."""
    path = WORK / "any.toml"
    path.write_bytes(data)
    with contextlib.suppress(DefinitionError, InputError):
        load_setting(path)
    with contextlib.suppress(InputError):
        load_cases(path)
    with contextlib.suppress(ValueError, RecursionError):
        tomllib.loads(data.decode("utf-8", errors="replace"))


def share(data):
    """A share or range: exact ends in order, or a fault."""
    with contextlib.suppress(RecordError):
        parsed = parse_share(_text(data))
        assert 0 <= parsed.low <= parsed.high <= 1


def stakes(data):
    """A graph of stakes: shares of owners between nothing and the whole, in bounded time."""
    names = "abcdefgh"
    graph = []
    for first, second, much, kind in zip(*[iter(data[:128])] * 4, strict=False):
        graph.append((
            names[first % 8],
            (None, "individual", "entity")[kind % 3],
            "account" if second % 9 == 8 else names[second % 8],
            (None, str(much % 101), f"{much % 50}-{much % 50 + 10}", f">{much % 100}")[kind // 3 % 4],
        ))  # fmt: skip
    for holding in holdings("account", graph, {}, unread=bool(data[:1] and data[0] & 1)).of:
        for reading_ in ("counts", "ignored"):
            much = holding.share(reading_)
            assert much is None or 0 <= much <= 100


TARGETS = {
    target.__name__: target for target in (rows, cell, json_line, record, formula, shown, address, toml, share, stakes)
}
