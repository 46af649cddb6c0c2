"""T24 to T26, T29 and T34: texts that look alike, names that hurt, damaged databases, encodings.

What numbers, dates, codes and addresses may look like (T20 to T23, T27, T28) stands in test_cells.py,
test_ownership.py and test_addresses.py; headers (T35) in intake/test_files.py.
"""

# ruff: noqa: RUF001 - look-alikes are what this is about

import csv
import json
import unicodedata
from datetime import date

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet
from processes import THOROUGH

import kycrule
from kycrule.engines.duckdb import Engine
from kycrule.errors import InputError, KycRuleError
from kycrule.geo import open_source

AS_OF = date(2024, 6, 1)


def written(path, rows):
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def kept(out, table, *names):
    engine = Engine(threads=1)
    rows = engine.execute(f"SELECT {', '.join(names)} FROM read_parquet('{out}/records/{table}.parquet')")
    engine.close()
    return rows


def summary(out):
    return json.loads((out / "summary.json").read_text("utf-8"))


# T24: look-alikes -----------------------------------------------------------------------------------

ALIKE = [
    *("A1", "a1", "А1", "Α1", "Ａ1", "A1\u200b", "A\u00ad1", "A1\u0301", "Á1", "A1.", "A1 x", "A1  x", "A1\u00a0x"),
    *(
        "café",
        unicodedata.normalize("NFD", "café"),
        "ﬁ",
        "fi",
        "İ",
        "i",
        "I",
        "ı",
        "i̇",
        "ß",
        "ẞ",
        "ss",
        "SS",
        "K",
        "\u212a",
    ),
    *("1", "01", "1.0", "+1x", "１", "١", "1e0", "0x1", "NULL", "null", "NaN", "nan", "None", "true", "N/A", "-"),
]


def test_t24_ids_are_the_same_only_byte_for_byte(tmp_path):
    assert len(set(ALIKE)) == len(ALIKE)
    customers = written(tmp_path / "c.csv", [["account_id", "kind"], *([text, "entity"] for text in ALIKE)])
    owners = written(tmp_path / "o.csv", [["account_id", "owner_id"], *([text, text] for text in reversed(ALIKE))])
    result = kycrule.check(customers, owners=owners, as_of=AS_OF, out=tmp_path / "run")

    assert (result.quarantined, result.summary["determined"]) == (0, len(ALIKE))
    found = kept(result.out, "owners", "account_id", "owner_id")
    assert sorted(found) == sorted((text, text) for text in ALIKE)


def test_t24_codes_that_look_like_a_country_are_none(tmp_path):
    codes = ["ＤＥ", "DЕ", "ᎠE", "D\u200bE", "de\u0301", "ıt", "\u212aR", "ß", "\u017fE"]
    rows = [["account_id", "country"], *([f"A{place}", code] for place, code in enumerate(codes)), ["b", "de"]]
    result = kycrule.check(written(tmp_path / "c.csv", rows), as_of=AS_OF)

    assert (result.summary["determined"], result.summary["quarantine"]) == (1, {"K912": len(codes)})


# T25: names -----------------------------------------------------------------------------------------

# Some are of the Big List of Naughty Strings (MIT), most of people.
NAMES = [
    *("O'Brien", "D’Arcy", "Smith-Jones", "van der Berg", "Ng", "X", "Æ", "Null", "None", "Undefined", "NaN", "True"),
    *(
        "Nguyễn Thị Minh Khai",
        "Þórður Jónsson",
        "Łukasz Żółć",
        "Ştefan Țepeș",
        "Ğülşen İnönü",
        "Mary-Ann O’Neill-Smyth",
    ),
    *("王小明", "金正淑", "佐藤 さくら", "김민준", "فاطمة الزهراء", "משה כהן", "Μαρία Παπαδοπούλου", "Анна Ивановна"),
    *("ศรีสุดา", "கமலா", "क्\u200dष", "നീ\u200d", "ශ්\u200dරී", "\u200fأحمد\u200f", "ကျော်", "ᠮᠣᠩᠭᠣᠯ", "ⴰⵎⴰⵣⵉⵖ"),
    *("Robert'); DROP TABLE customers;--", "<script>alert(1)</script>", "${jndi:ldap://x}", "%s%n", "../../etc/passwd"),
    *('Ann "A." Lee', "A, B & C GmbH", "C:\\con", "1/0", "'; --", "🧑‍🔧 Ltd", "𝒜𝓃𝓃", "Z̶a̴l̷g̵o̸", "﷽", "ﷺ", "Sub-Zero"),
    *("Jennifer Null", "Christopher Test", "Mr. Yes", "No", "N/A Holdings", "0", "007", "1e5", "2024-01-01 Ltd"),
    *("\u00a0Ann", "Ann\u3000Lee", "a" * 1024, "é" * 1024, "x\u0301" * 500, "\u2028Ann", "Ann\ufeff", "co\u00adop"),
]


def test_t25_names_are_accepted_as_they_are(tmp_path):
    rows = [[f"A{place}", name] for place, name in enumerate(NAMES)]
    customers = written(tmp_path / "c.csv", [["account_id", "name"], *rows])
    result = kycrule.check(customers, as_of=AS_OF, out=tmp_path / "run")

    assert result.quarantined == 0
    assert sorted(kept(result.out, "customers", "account_id", "name")) == sorted(map(tuple, rows))


# T26: duplicates ------------------------------------------------------------------------------------


def test_t26_ids_that_stand_twice_are_all_in_quarantine_wherever_they_stand(tmp_path):
    count = 2_000_000 if THOROUGH else 30_000
    ids = [f"A{place:08d}" for place in range(count)]
    twice = [ids[0], ids[count // 2], ids[-1]]
    rows = [[text, "entity"] for text in [*ids, *reversed(twice), twice[0]]]
    result = kycrule.check(
        written(tmp_path / "c.csv", [["account_id", "kind"], *rows]), as_of=AS_OF, out=tmp_path / "run"
    )

    assert result.summary["determined"] == count - 3
    assert result.summary["quarantine"] == {"K931": 7}
    with (result.out / "quarantine.csv").open(encoding="utf-8", newline="") as stream:
        lines = [(int(row["line"]), row["raw"].split(",")[0]) for row in csv.DictReader(stream)]
    assert sorted(lines) == sorted((place + 2, text) for place, (text, _) in enumerate(rows) if text in set(twice))


# T29: databases of countries --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    path = tmp_path_factory.mktemp("geo") / "g.mmdb"
    writer = MMDBWriter(6, "Test-Country", ipv4_compatible=True)
    for place, code in enumerate(("DE", "FR", "CN", "US")):
        writer.insert_network(IPSet([f"{place + 1}.0.0.0/8"]), {"country": {"iso_code": code}})
    writer.to_db_file(str(path))
    return path.read_bytes()


def asked(path):
    source = open_source(str(path))
    try:
        return source.countries(("1.2.3.4", "2.2.3.4", "9.9.9.9"))
    finally:
        source.close()


def test_t29_a_damaged_database_is_refused_or_gives_codes_and_never_fails_otherwise(tmp_path, database):
    path = tmp_path / "g.mmdb"
    refused = right = 0
    for place in range(0, len(database), 1 if THOROUGH else max(1, len(database) // 150)):
        for damage in (0x01, 0xFF):
            damaged = bytearray(database)
            damaged[place] ^= damage
            path.write_bytes(damaged)
            try:
                found = asked(path)
            except KycRuleError:
                refused += 1
            else:
                right += found == ["DE", "FR", None]
                # A format without a checksum cannot tell another code from the one that was written.
                assert all(code is None or (len(code) == 2 and code.isascii()) for code in found)

    assert refused > 0
    assert right > 0


@pytest.mark.parametrize("part", [0, 0.01, 0.3, 0.6, 0.9, 0.99])
def test_t29_a_truncated_database_is_refused(tmp_path, database, part):
    path = tmp_path / "g.mmdb"
    path.write_bytes(database[: int(len(database) * part)])
    with pytest.raises(InputError):
        asked(path)


# T34: encodings -------------------------------------------------------------------------------------

TEXTS = {
    "latin-1": "Jürgen Müßig",
    "cp1252": "Zoë “Z” Šimek",
    "iso8859-5": "Анна",
    "koi8-r": "Анна",
    "gb18030": "王小明",
    "big5": "王小明",
    "shift_jis": "佐藤さくら",
    "euc-kr": "김민준",
    "cp1256": "فاطمة",
    "mac-roman": "Jürgen",
}


def test_t34_rows_in_other_encodings_are_in_quarantine_and_the_others_are_not(tmp_path):
    bad = [f"{encoding},{text}".encode(encoding) for encoding, text in TEXTS.items()]
    good = [b"A%d,Ann" % place for place in range(len(bad) + 1)]
    lines = [b"account_id,name", *(line for pair in zip(good, bad, strict=False) for line in pair), good[-1], b""]
    (tmp_path / "c.csv").write_bytes(b"\n".join(lines))
    result = kycrule.check(tmp_path / "c.csv", as_of=AS_OF, out=tmp_path / "run")

    assert (result.summary["determined"], result.summary["quarantine"]) == (len(good), {"K904": len(bad)})
    with (result.out / "quarantine.csv").open(encoding="utf-8", newline="") as stream:
        raw = [row["raw"] for row in csv.DictReader(stream)]
    # Their bytes can be had back.
    assert [text.encode().decode("unicode_escape").encode("latin-1") for text in raw] == bad


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_t34_a_file_in_a_wide_encoding_is_refused_with_its_remedy(tmp_path, encoding):
    (tmp_path / "c.csv").write_bytes("account_id,name\nA1,Ann\n".encode(encoding))
    with pytest.raises(InputError, match=r"K993 wrong-encoding.*UTF-8"):
        kycrule.check(tmp_path / "c.csv", as_of=AS_OF)


def test_t34_what_is_no_text_is_in_quarantine(tmp_path):
    codes = {
        b"\xed\xa0\x80": "K904",
        b"\xed\xa0\xbd\xed\xb8\x80": "K904",
        b"\xc0\x80": "K904",
        b"\xf5\x80\x80\x80": "K904",
        b"\xc3": "K904",
        b"a\x00b": "K903",
        b"a\x1ab": "K903",
        b"a\x08b": "K903",
    }
    lines = [b"account_id,name", b"A,Ann", *(b"B%d," % place + raw for place, raw in enumerate(codes)), b"C,Ann", b""]
    (tmp_path / "c.csv").write_bytes(b"\n".join(lines))
    result = kycrule.check(tmp_path / "c.csv", as_of=AS_OF, out=tmp_path / "run")

    assert result.summary["determined"] == 2
    with (result.out / "quarantine.csv").open(encoding="utf-8", newline="") as stream:
        assert [row["code"] for row in csv.DictReader(stream)] == list(codes.values())
