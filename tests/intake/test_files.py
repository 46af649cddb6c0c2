"""Nothing is lost: whatever the bytes, rows in are rows judged and rows in quarantine, or the file is refused."""

import codecs
import csv
import gzip
import hashlib
import io
import json
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kycrule.engines.duckdb import Engine
from kycrule.errors import DefinitionError, InputError
from kycrule.intake import Inputs, load
from kycrule.intake.rows import Counts, header, rows
from kycrule.intake.sift import Layout, rows_at, sift

HEADER = "account_id,kind,name,country,opened_on,owners_known\n"
GOOD = [f"A{place},individual,Ann O'Hara,DE,2024-01-0{place},yes" for place in range(1, 6)]


class Loaded:
    """What a load came to."""

    def __init__(self, folder, data, *, owners=None, accesses=None, providers=("p",), **options):
        folder.mkdir(exist_ok=True)
        paths = {}
        for role, content in (("customers", data), ("owners", owners), ("accesses", accesses)):
            if content is not None:
                paths[role] = folder / options.get(f"{role}_name", f"{role}.csv")
                paths[role].write_bytes(content if isinstance(content, bytes) else content.encode())
        workspace = folder / "work"
        workspace.mkdir()
        engine = Engine(workspace)
        inputs = Inputs(
            **{role: str(path) for role, path in paths.items()},
            **{name: value for name, value in options.items() if not name.endswith("_name")},
        )
        self.accounts = load(engine, inputs, workspace, providers).accounts
        self.customers = [row[0] for row in engine.execute("SELECT account_id FROM customers ORDER BY record")]
        self.owners = engine.execute("SELECT account_id, owner_id, owner_pos FROM owners ORDER BY record")
        self.accesses = engine.execute(
            'SELECT account_id, ip, ip_reachable, CAST("at" AS VARCHAR) FROM accesses ORDER BY account_id, ip, "at"'
        )
        self.unread = engine.execute("SELECT account_id, owners, accesses FROM unread ORDER BY account_id")
        self.quarantine = engine.execute(
            "SELECT file, line, byte_offset, code, column_name, raw FROM quarantine ORDER BY file, byte_offset"
        )
        self.reasons = [row[0] for row in engine.execute("SELECT reason FROM quarantine")]
        self.value = engine.execute
        assert all(account.adds_up() for account in self.accounts)

    @property
    def codes(self):
        return [row[3] for row in self.quarantine]


@pytest.fixture
def loaded(tmp_path):
    return lambda data, **options: Loaded(tmp_path, data, **options)


def five(*, replacing=None, by="", end="\n"):
    lines = [by if place == replacing else line for place, line in enumerate(GOOD, start=1)]
    return (HEADER + end.join(lines) + end).replace("\n", end).replace("\r\r", "\r")


class TestWholeFiles:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
    @pytest.mark.parametrize("last", [True, False], ids=["ended", "unended"])
    def test_line_ends_of_any_kind(self, loaded, end, last):
        data = end.join([HEADER.strip(), *GOOD]) + (end if last else "")
        assert loaded(data).customers == ["A1", "A2", "A3", "A4", "A5"]

    def test_mixed_line_ends(self, loaded):
        result = loaded(HEADER + GOOD[0] + "\r\n" + GOOD[1] + "\n" + GOOD[2] + "\r" + GOOD[3] + "\n")
        assert result.customers == ["A1", "A2", "A3", "A4"]

    def test_byte_order_mark(self, loaded):
        assert len(loaded(codecs.BOM_UTF8 + five().encode()).customers) == 5

    def test_byte_order_mark_before_a_quoted_header(self, loaded):
        data = codecs.BOM_UTF8 + five().replace("account_id", '"account_id"').encode()
        assert len(loaded(data).customers) == 5

    def test_t35_columns_in_any_order_and_any_case(self, loaded):
        result = loaded("Country , ACCOUNT_ID\nNAM,A1\nNA,A2\n")
        assert result.value("SELECT account_id, country FROM customers ORDER BY record") == [("A1", "NA"), ("A2", "NA")]

    def test_t35_unknown_columns_are_listed_and_ignored(self, loaded):
        result = loaded("account_id,shoe size,\nA1,46,x\n")
        assert result.customers == ["A1"]
        assert result.accounts[0].ignored == ("shoe size", "column 3")

    def test_another_delimiter(self, loaded):
        assert loaded("account_id;use_locations\nA1;Paris\n", delimiter=";").customers == ["A1"]

    def test_a_tab(self, loaded):
        assert loaded("account_id\tcountry\nA1\tDE\n", delimiter="\t").customers == ["A1"]

    def test_names_of_columns_can_be_mapped(self, loaded):
        assert loaded("Kunde,Land\nA1,DE\n", mapping={"Kunde": "account_id", "land": "country"}).customers == ["A1"]

    def test_a_header_alone(self, loaded):
        assert loaded("account_id\n").customers == []

    def test_one_column_with_blank_lines(self, loaded):
        result = loaded("account_id\nA1\n\nA2\n\n")
        assert (result.customers, result.accounts[0].blank_lines) == (["A1", "A2"], 2)

    @pytest.mark.parametrize("members", [1, 3])
    def test_gzip_of_several_members(self, loaded, members):
        lines = five().splitlines(keepends=True)
        packed = b"".join(
            gzip.compress("".join(lines[place::1][: len(lines) if members == 1 else 2]).encode())
            for place in ((0,) if members == 1 else (0, 2, 4))
        )
        assert len(loaded(packed, customers_name="customers.csv.gz").customers) == 5

    def test_gzip_is_told_by_its_bytes(self, loaded):
        assert len(loaded(gzip.compress(five().encode())).customers) == 5

    def test_zstd(self, loaded):
        zstd = pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
        assert len(loaded(zstd.compress(five().encode()), customers_name="customers.csv.zst").customers) == 5

    def test_standard_input(self, tmp_path, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(five().encode())))
        engine = Engine(tmp_path)
        accounts = load(engine, Inputs(customers="-"), tmp_path, None).accounts
        assert (accounts[0].name, accounts[0].records, accounts[0].good) == ("-", 5, 5)


class TestRefusedFiles:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"", "K990"),
            (b"\n\n\n", "K990"),
            (b",,\nA1,b,c\n", "K990"),
            ('"account_id\n' + GOOD[0], "K990"),
            ("account,kind\nA1,entity\n", "K991"),
            ("account_id;kind\nA1;entity\n", "K991"),
            ("account_id,kind,Kind\nA1,entity,entity\n", "K992"),
            (codecs.BOM_UTF16_LE + HEADER.encode("utf-16-le"), "K993"),
            (codecs.BOM_UTF16_BE + HEADER.encode("utf-16-be"), "K993"),
            (HEADER.encode("utf-16-le"), "K993"),
            (HEADER.encode("utf-32"), "K993"),
            (gzip.compress(five().encode())[:-9], "K994"),
            (gzip.compress(five().encode())[:-8] + b"\0\0\0\0\0\0\0\0", "K994"),
            (gzip.compress(five().encode()) + b"garbage", "K994"),
        ],
        ids=lambda value: value if isinstance(value, str) and len(value) == 4 else "",
    )
    def test_t35_the_reason_has_a_code(self, loaded, data, code):
        with pytest.raises(InputError, match=code):
            loaded(data)

    def test_truncated_zstd(self, loaded):
        zstd = pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
        packed = zstd.compress((HEADER + "\n".join(GOOD * 5000)).encode())
        with pytest.raises(InputError, match="K994"):
            loaded(packed[: len(packed) * 9 // 10])

    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(InputError, match="K995"):
            load(Engine(tmp_path), Inputs(customers=str(tmp_path / "none.csv")), tmp_path, None)

    def test_the_delimiter_is_suggested(self, loaded):
        with pytest.raises(InputError, match="--delimiter ';'"):
            loaded("account_id;kind\nA1;entity\n")

    def test_a_missing_header_shows_no_value(self, loaded):
        with pytest.raises(InputError) as refused:
            loaded("Canary-7,individual\n")
        assert "Canary" not in str(refused.value)

    @pytest.mark.parametrize("mapping", [{"x": "no_such"}, {"absent": "country"}])
    def test_a_mapping_that_names_nothing(self, loaded, mapping):
        with pytest.raises(DefinitionError):
            loaded("account_id,x\nA1,b\n", mapping=mapping)

    @pytest.mark.parametrize(
        ("mapping", "told"),
        [
            ({"Land": "contry"}, r"contry \(did you mean country\?\)"),
            ({"Lnd": "country"}, r"lnd \(did you mean land\?\)"),
        ],
    )
    def test_a_mistyped_mapping_is_told_what_it_may_have_meant(self, loaded, mapping, told):
        with pytest.raises(DefinitionError, match=told):
            loaded("account_id,Land\nA1,DE\n", mapping=mapping)

    def test_a_mistyped_title_that_is_needed_is_told_what_it_may_have_meant(self, loaded):
        with pytest.raises(InputError, match=r"There is no account_id\. Is it acount_id\?"):
            loaded("acount_id,kind\nA1,entity\n")

    @pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n", "·"])
    def test_a_delimiter_that_is_none(self, loaded, delimiter):
        with pytest.raises(DefinitionError):
            loaded(five(), delimiter=delimiter)


class TestBadRows:
    @pytest.mark.parametrize(
        ("row", "code"),
        [
            ("A3,individual,Ann,DE,2024-01-03", "K901"),
            ("A3,individual,Ann,DE,2024-01-03,yes,more", "K901"),
            ("A3,individual,Ann,DE,2024-01-03,yes,", "K901"),
            ("    ", "K901"),
            ("# a comment", "K901"),
            ('A3,individual,"Ann,DE,2024-01-03,yes', "K902"),
            ('A3,individual,"Ann"x,DE,2024-01-03,yes', "K902"),
            (r'A3,individual,"a \"b\" c",DE,2024-01-03,yes', "K902"),
            ("A3,individual,A\0nn,DE,2024-01-03,yes", "K903"),
            ("\x1a", "K903"),
            ("A3,individual,J\udcfcrgen,DE,2024-01-03,yes", "K904"),
            ("A3,individual," + "x" * (1 << 20) + ",DE,2024-01-03,yes", "K905"),
            ("A3,individual," + "x" * (3 << 20) + ",DE,2024-01-03,yes", "K905"),
            ("A3,individual,Ann,Germany,2024-01-03,yes", "K912"),
            ("A3,individual,Ann,XK,2024-01-03,yes", "K912"),
            ("A3,individual,Ann,DE,2024-02-30,yes", "K910"),
            ("A3,individual,Ann,DE,2024-01-05xyz,yes", "K910"),
            ("A3,individual,Ann,DE,infinity,yes", "K910"),
            ("A3,individual,Ann,DE,2024-01-03,maybe", "K916"),
            ("A3,person,Ann,DE,2024-01-03,yes", "K917"),
            ("A3,individual," + "x" * 1025 + ",DE,2024-01-03,yes", "K918"),
            (",individual,Ann,DE,2024-01-03,yes", "K930"),
        ],
        ids=lambda value: value[:30] if value[:2] != "K9" else value,
    )
    def test_one_bad_row_costs_one_row(self, loaded, row, code):
        before = (HEADER + GOOD[0] + "\n" + GOOD[1] + "\n").encode()
        raw = row.encode(errors="surrogateescape")
        result = loaded(before + raw + b"\n" + (GOOD[3] + "\n" + GOOD[4] + "\n").encode())
        assert result.customers == ["A1", "A2", "A4", "A5"]
        [(file, line, offset, found, _, kept)] = result.quarantine
        assert (file, line, offset, found) == ("customers.csv", 4, len(before), code)
        if b"\0" not in raw and b"\x1a" not in raw and b"\xfc" not in raw and len(raw) < 1 << 20:
            assert kept == row

    @pytest.mark.parametrize("row", ['A3,individual,a"b,DE,2024-01-03,yes', 'A3,individual, "abc",DE,2024-01-03,yes'])
    def test_a_quote_inside_an_unquoted_field_is_itself(self, loaded, row):
        result = loaded(five(replacing=3, by=row))
        assert len(result.customers) == 5
        assert result.value("SELECT name FROM customers WHERE account_id = 'A3'") == [(row.split(",")[2].strip(),)]

    def test_lines_count_as_an_editor_counts_them(self, loaded):
        data = HEADER + 'A1,individual,"Ann\nO\'Hara",DE,,\n\nA2,bad,,,,\n'
        [(_, line, offset, code, column, _)] = loaded(data).quarantine
        assert (line, offset, code, column) == (5, data.index("A2"), "K917", "kind")

    def test_all_faults_of_a_row_are_told(self, loaded):
        result = loaded(five(replacing=3, by="A3,x,Ann,Germany,2024-13-01,maybe"))
        assert result.codes == ["K917"]
        for name in ("kind: ", "country: ", "opened_on: ", "owners_known: "):
            assert name in result.reasons[0]
        assert "Did you mean DE?" in result.reasons[0]

    def test_a_quote_that_never_closes_does_not_swallow_the_file(self, loaded):
        rows = [f"B{place},individual,Ann,DE,2024-01-01,yes" for place in range(1000)]
        rows[500] = 'B500,individual,"Ann,DE,2024-01-01,yes'
        result = loaded(HEADER + "\n".join(rows))
        assert len(result.customers) == 999
        assert result.codes == ["K902"]

    def test_a_quote_that_closes_in_a_later_row_costs_its_own_row(self, loaded):
        rows = [f'B{place},individual,"Ann",DE,2024-01-01,yes' for place in range(300)]
        rows[100] = 'B100,individual,"Ann,DE,2024-01-01,yes'
        result = loaded(HEADER + "\n".join(rows))
        assert (len(result.customers), result.codes) == (299, ["K902"])

    def test_a_field_may_hold_lines_and_delimiters(self, loaded):
        result = loaded(HEADER + 'A1,individual,"Ann ""A."" O\'Hara,\r\nof Cork",DE,,\r\n')
        assert result.value("SELECT name FROM customers") == [('Ann "A." O\'Hara,\r\nof Cork',)]

    def test_every_row_bad(self, loaded):
        result = loaded(HEADER + "x\n" * 5000)
        assert (len(result.customers), len(result.quarantine)) == (0, 5000)


class TestKeys:
    def test_every_row_with_a_duplicate_id_is_in_quarantine(self, loaded):
        result = loaded(HEADER + "\n".join([*GOOD, " A2 ,entity,,,,", "a2,entity,,,,"]))
        assert result.customers == ["A1", "A3", "A4", "A5", "a2"]
        assert result.codes == ["K931", "K931"]

    def test_identifiers_are_texts(self, loaded):
        assert loaded("account_id\n1\n01\n1.0\n").customers == ["1", "01", "1.0"]

    def test_an_unknown_provider(self, loaded):
        result = loaded("account_id,served_by\nA1,p\nA2,q\nA3,\n")
        assert (result.customers, result.codes) == (["A1", "A3"], ["K932"])
        assert result.value("SELECT DISTINCT served_by FROM customers") == [("p",)]

    def test_a_blank_provider_among_several(self, loaded):
        result = loaded("account_id,served_by\nA1,p\nA2,q\nA3,\n", providers=("p", "q"))
        assert (result.customers, result.codes) == (["A1", "A2"], ["K933"])

    def test_without_providers_nobody_is_wrong(self, loaded):
        assert loaded("account_id,served_by\nA1,p\nA2,\n", providers=None).customers == ["A1", "A2"]

    def test_owners_without_an_account(self, loaded):
        result = loaded(five(), owners="account_id,owner_id\nA1,o1\nA9,o1\n,o2\n")
        assert result.owners == [("A1", "o1", 1)]
        assert result.codes == ["K934", "K930"]
        assert result.accounts[1].unattributed == 2

    def test_owners_of_an_account_in_quarantine(self, loaded):
        result = loaded(five(replacing=3, by="A3,x,,,,"), owners="account_id,owner_id\nA3,o1\nA1,o1\n")
        assert result.codes == ["K917", "K936"]
        assert (result.unread, result.accounts[1].unattributed) == ([], 0)

    def test_owners_with_the_same_id(self, loaded):
        result = loaded(five(), owners="account_id,owner_id\nA1,o1\nA1,o1\nA2,o1\nA1,\nA1,\n")
        assert result.codes == ["K937", "K937"]
        assert result.unread == [("A1", True, False)]
        assert result.owners == [("A2", "o1", 1), ("A1", None, 3), ("A1", None, 4)]

    def test_a_bad_owner_makes_its_account_unread(self, loaded):
        result = loaded(five(), owners="account_id,owner_id,share\nA1,o1,24.9%\nA2,o1,25\n")
        assert result.codes == ["K914"]
        assert result.unread == [("A1", True, False)]

    def test_a_ragged_owner_makes_every_account_it_mentions_unread(self, loaded):
        result = loaded(five(), owners="owner_id,account_id,share\no1,A4,25,,\no1,A2,25\nx\n")
        assert result.codes == ["K901", "K901"]
        assert result.unread == [("A4", True, False)]
        assert result.accounts[1].unattributed == 1

    def test_a_bad_access_makes_its_account_unread(self, loaded):
        rows = ("A1,1.2.3.4:80,", "A2,8.8.8.8,2024-05-31T23:59:00+02:00", "A7,8.8.8.8,")
        result = loaded(five(), accesses="\n".join(("account_id,ip,at", *rows)))
        assert result.codes == ["K913", "K935"]
        assert result.unread == [("A1", False, True)]
        assert result.accesses == [("A2", "8.8.8.8", True, "2024-05-31 21:59:00+00")]


class TestAddressesInCells:
    def test_they_become_accesses(self, loaded):
        cell = "8.8.8.8@2024-05-31T23:59:00Z; ::ffff:10.0.0.1 ;"
        result = loaded(f"account_id,ip_addresses\nA1,{cell}\nA2,\n", accesses="account_id,ip\nA1,8.8.4.4\n")
        assert result.accesses == [
            ("A1", "10.0.0.1", False, None),
            ("A1", "8.8.4.4", True, None),
            ("A1", "8.8.8.8", True, "2024-05-31 23:59:00+00"),
        ]

    @pytest.mark.parametrize(
        ("cell", "code"),
        [("8.8.8@2024-05-31T23:59:00Z", "K913"), ("8.8.8.8@yesterday", "K911"), ("@2024-05-31T23:59:00Z", "K913")],
    )
    def test_a_bad_one_puts_the_row_in_quarantine(self, loaded, cell, code):
        result = loaded(f"account_id,ip_addresses\nA1,{cell}\nA2,8.8.8.8\n")
        assert (result.customers, result.codes) == (["A2"], [code])


class TestJsonLines:
    def test_nested_records(self, loaded):
        lines = [
            {"account_id": "A1", "owners": [{"owner_id": "o1", "share": 33.3}, {"share": "0.1"}]},
            {"account_id": "A2", "accesses": [{"ip": "2001:DB8::1", "at": "2024-01-01T00:00:00+01:00"}]},
            {"account_id": "A3", "other_names": ["a;b", "c"]},
        ]
        result = loaded("\n".join(json.dumps(line) for line in lines), customers_name="c.jsonl")
        assert result.owners == [("A1", "o1", 1), ("A1", None, 2)]
        assert result.accesses == [("A2", "2001:db8::1", False, "2023-12-31 23:00:00+00")]
        assert result.value("SELECT other_names FROM customers WHERE account_id = 'A3'") == [(["a;b", "c"],)]
        assert result.value("SELECT CAST(share AS VARCHAR) FROM owners WHERE owner_id = 'o1'") == [("33.300000000000",)]

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ("{", "K906"),
            ("[]", "K906"),
            ('{"account_id": "A2", "account_id": "A3"}', "K906"),
            ('{"account_id": "A2", "shoe": 1}', "K906"),
            ('{"account_id": "A2", "owners": [{"share": NaN}]}', "K906"),
            ("[" * 100_000, "K906"),
            ('{"account_id": "A2", "name": "a\\u0000b"}', "K903"),
            ('{"account_id": "A2", "country": "Germany"}', "K912"),
            ('{"account_id": "A2", "owners": [{"share": "101"}]}', "K915"),
            ('{"account_id": "A2", "owners": [{"owner_id": "o"}, {"owner_id": "o"}]}', "K937"),
            ('{"name": "Ann"}', "K930"),
            ('{"account_id": "A2", "served_by": "q"}', "K932"),
            (b'{"account_id": "\xff"}', "K904"),
            ('{"account_id": "' + "x" * (1 << 20) + '"}', "K905"),
        ],
        ids=lambda value: str(value[:40]),
    )
    def test_a_bad_line_is_in_quarantine(self, loaded, line, code):
        raw = line if isinstance(line, bytes) else line.encode()
        result = loaded(b'{"account_id": "A1"}\n\n' + raw + b'\n{"account_id": "A3"}', format="jsonl")
        assert (result.customers, result.codes) == (["A1", "A3"], [code])
        assert result.quarantine[0][1:3] == (3, 22)

    def test_companion_files_have_no_place_beside_it(self, loaded):
        with pytest.raises(DefinitionError):
            loaded('{"account_id": "A1"}', format="jsonl", owners="account_id\n")


def test_the_engine_that_drops_rows_after_a_cut_drops_none_here(loaded):
    # DuckDB's parallel reader loses 120,190 rows of this file without a word.
    head = b"account_id,name\n"
    row = b"%08d,%s\n"
    lines = [row % (place, b"x" * 29) for place in range(1_150_000)]
    bad = 40_000_009 // len(lines[0])
    lines[bad] = lines[bad].replace(b"xx\n", b",x\n")
    result = loaded(head + b"".join(lines))
    assert result.accounts[0].good == 1_149_999
    assert [row[1:4] for row in result.quarantine] == [(bad + 2, len(head) + bad * len(lines[0]), "K901")]


@st.composite
def _mutated(draw):
    cell = st.sampled_from(["", "a", "é", '"', '"a"', ",", "\n", "\r", "x y", "\t", " x", "x, ", " '=x", "'\t"])
    rows = draw(st.lists(st.tuples(cell, cell), max_size=12))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator=draw(st.sampled_from(["\n", "\r\n"])))
    writer.writerow(["account_id", "name", "city"])
    for place, (name, city) in enumerate(rows):
        writer.writerow([f"A{place}", name, city])
    data = bytearray(stream.getvalue().encode())
    start = data.index(b"\n") + 1
    for _ in range(draw(st.integers(0, 3))):
        if len(data) > start:
            place = draw(st.integers(start, len(data) - 1))
            damage = st.sampled_from([b'"', b",", b"\n", b"\r", b"\xff", b"\0", b"", b'""'])
            data[place : place + draw(st.integers(0, 1))] = draw(damage)
    return bytes(data)


@given(_mutated())
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_damage_the_rows_add_up(tmp_path_factory, data):
    result = Loaded(tmp_path_factory.mktemp("fuzz"), data)
    account = result.accounts[0]
    assert account.records == account.good + account.quarantined == len(result.customers) + len(result.quarantine)
    ends = data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n") + (not data.endswith((b"\n", b"\r")))
    assert account.records + account.blank_lines <= ends - 1


@given(_mutated(), st.sampled_from([1, 3, 7, 16, 64, 1 << 23]), st.sampled_from([1, 2, 5, 9, 30, 1 << 14]))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_a_file_is_told_apart_alike_whatever_is_read_at_once(tmp_path_factory, data, block, piece):
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / "f.csv"
    path.write_bytes(data)
    names, start, line = header(path, 0, ",")
    layout = Layout(path=path, start=start, line=line, width=len(names), delimiter=",", block=block, piece=piece)
    refused, told = [], []
    sifted = sift(layout, lambda part: folder / f"{part}.csv", refused.append, lambda *step: told.append(step))
    counts = Counts()
    expected = list(rows(path, start, line, len(names), ",", counts=counts))
    good = [row for row in expected if row.fault is None]
    assert refused == [row for row in expected if row.fault is not None]
    assert (sifted.records, sifted.good, sifted.blank_lines) == (counts.records, len(good), counts.blank_lines)
    assert sifted.sha256 == hashlib.sha256(data).hexdigest()
    assert counts.end == len(data)
    assert list(rows_at(layout, sifted, range(1, len(good) + 1))) == good
    assert list(rows_at(layout, sifted, range(2, len(good) + 1, 3))) == good[1::3]
    if sifted.plain:
        texts = [io.StringIO(part.read_bytes().decode(), newline="") for part in sifted.parts]
        kept = [tuple(row) for text in texts for row in list(csv.reader(text))[1:]]
        # After an apostrophe a blank may be a guarded one.
        assert kept == [tuple(cell if "'" in cell else cell.strip(" \t\r\n") for cell in row.fields) for row in good]
