"""Screening: which names are a possible match, that none is missed which the documentation promises, and no leaks."""

import csv
import gzip
import hashlib
import json
import random
import sys
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz

import kycrule
from kycrule import names, screening
from kycrule.cli import run
from kycrule.engines.duckdb import Engine
from kycrule.errors import DefinitionError, InputError
from kycrule.literals import quoted
from kycrule.records import SpecialMeasure

AS_OF = date(2024, 6, 1)
HEADER_LINE = (
    "source,entity_number,type,programs,name,title,addresses,federal_register_notice,start_date,end_date,"
    "standard_order,license_requirement,license_policy,call_sign,vessel_type,gross_tonnage,gross_registered_tonnage,"
    "vessel_flag,vessel_owner,remarks,source_list_url,alt_names,citizenships,dates_of_birth,nationalities,"
    "places_of_birth,source_information_url,ids"
)
HEADER = HEADER_LINE.split(",")
COLUMNS = ["account_id", "subject", "field", "score", "source", "entry", "listed_name"]


def restricted(path, *entries, header=HEADER):
    """Write a list; each entry is a mapping of some of its columns."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, header, restval="")
        writer.writeheader()
        writer.writerows(entries)
    return path


def customers(path, *rows, header="account_id,kind,name,other_names"):
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


def table(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def check(tmp_path):
    def checked(path, **options):
        options.setdefault("as_of", AS_OF)
        return kycrule.check(path, out=tmp_path / "run", force=True, **options)

    return checked


SADDAM = {
    "source": "SDN",
    "entity_number": "12",
    "name": "HUSSEIN AL-TIKRITI, Saddam",
    "alt_names": "Abu Ali; Abu Udayy",
}
ORCHID = {"source": "Entity List", "name": "ORCHID TRADING CO., LTD.", "alt_names": ""}


class TestAMatch:
    @pytest.mark.parametrize(
        ("name", "score"),
        [
            ("Orchid Trading Company Limited", "100.0"),
            ("orchid trading co ltd", "100.0"),
            ("Ltd. Co. Orchid-Trading", "100.0"),
            ("Orchíd Trading Co. Ltd", "100.0"),
            ("Orchyd Trading Co Ltd", "95.2"),
            ("Orchid Trading", "95.0"),
            ("Orchid Trading Co Ltd Singapore", "95.0"),
        ],
    )
    def test_sets_case_accents_punctuation_and_the_order_of_words_aside(self, tmp_path, check, name, score):
        check(
            customers(tmp_path / "c.csv", f"A1,entity,{name},"), screening_list=restricted(tmp_path / "l.csv", ORCHID)
        )

        assert [row["score"] for row in table(tmp_path / "run" / "screening.csv")] == [score]

    @pytest.mark.parametrize("name", ["Orchid", "Trading", "Tulip Trading Co Ltd", "Hussein", "", "---"])
    def test_is_not_made_of_one_common_word(self, tmp_path, check, name):
        check(
            customers(tmp_path / "c.csv", f"A1,entity,{name},"),
            screening_list=restricted(tmp_path / "l.csv", ORCHID, SADDAM),
        )

        assert table(tmp_path / "run" / "screening.csv") == []

    def test_says_who_which_field_and_which_entry(self, tmp_path, check):
        owners = tmp_path / "o.csv"
        owners.write_text(
            "account_id,owner_id,name\nA1,o1,Someone Else\nA1,,Saddam Hussein\nA2,o7,Orchid Trading Co Ltd\n", "utf-8"
        )
        check(
            customers(tmp_path / "c.csv", "A2,entity,Nobody,Unknown;Abu Ali", "A1,entity,Orchid Trading Co. Ltd,"),
            owners=owners,
            screening_list=restricted(tmp_path / "l.csv", SADDAM, ORCHID),
        )
        rows = [list(row.values()) for row in table(tmp_path / "run" / "screening.csv")]

        assert list(table(tmp_path / "run" / "screening.csv")[0]) == COLUMNS
        assert rows == [
            ["A2", "A2", "other_names", "100.0", "SDN", "12", "Abu Ali"],
            ["A2", "o7", "name", "100.0", "Entity List", "line 3", "ORCHID TRADING CO., LTD."],
            ["A1", "A1", "name", "100.0", "Entity List", "line 3", "ORCHID TRADING CO., LTD."],
            ["A1", "#2", "name", "95.0", "SDN", "12", "HUSSEIN AL-TIKRITI, Saddam"],
        ]

    def test_is_one_line_for_each_entry_with_its_best_name(self, tmp_path, check):
        entry = {
            "source": "SDN",
            "entity_number": "1",
            "name": "Maria Del Rio Lopez",
            "alt_names": "Maria Lopez;M Lopez",
        }
        check(
            customers(tmp_path / "c.csv", "A1,individual,Maria López,"),
            screening_list=restricted(tmp_path / "l.csv", entry),
        )

        assert [row["listed_name"] for row in table(tmp_path / "run" / "screening.csv")] == ["Maria Lopez"]

    def test_changes_no_determination_and_no_finding(self, tmp_path, check):
        path = customers(tmp_path / "c.csv", "A1,entity,Orchid Trading Co Ltd,")
        check(path)
        before = {name: (tmp_path / "run" / name).read_bytes() for name in ("determinations.csv", "findings.csv")}
        check(path, screening_list=restricted(tmp_path / "l.csv", ORCHID))

        assert {name: (tmp_path / "run" / name).read_bytes() for name in before} == before
        assert table(tmp_path / "run" / "screening.csv") != []

    def test_needs_the_threshold(self, tmp_path, check):
        path, listed = customers(tmp_path / "c.csv", "A1,entity,Orchyd Trading Co Ltd,"), tmp_path / "l.csv"
        restricted(listed, ORCHID)

        assert check(path, screening_list=listed, list_threshold=96).summary["screening"]["possible_matches"] == 0
        assert check(path, screening_list=listed, list_threshold=95).summary["screening"]["possible_matches"] == 1


class TestSpecialMeasures:
    @pytest.mark.parametrize(
        ("issued", "extended", "found"),
        [
            ("2024-06-01", None, 1),
            ("2024-06-02", None, 0),
            ("2023-06-02", None, 1),
            ("2023-06-01", None, 0),
            ("2023-05-01", "2024-06-01", 1),
            ("2023-05-01", "2024-05-31", 0),
        ],
    )
    def test_persons_are_a_list_while_a_measure_is_in_effect(self, tmp_path, check, issued, extended, found):
        fields = {"person": "Acme, Hosting", "effect": "prohibit", "issued_on": issued, "extended_until": extended}
        result = check(
            customers(tmp_path / "c.csv", "A1,entity,Acme Hosting,"), special_measures=[SpecialMeasure.read(fields)]
        )

        rows = [list(row.values()) for row in table(tmp_path / "run" / "screening.csv")]
        told = ["A1", "A1", "name", "100.0", "special measure", f"issued {issued}", "Acme, Hosting"]
        assert rows == [told] * found
        assert result.summary["screening"]["possible_matches"] == found

    def test_measures_against_jurisdictions_name_no_one(self, tmp_path, check):
        measure = SpecialMeasure.read({"jurisdiction": "FR", "effect": "prohibit", "issued_on": "2024-01-01"})
        check(customers(tmp_path / "c.csv", "A1,entity,FR,"), special_measures=[measure])

        assert table(tmp_path / "run" / "screening.csv") == []

    def test_without_list_and_measures_nothing_is_screened(self, tmp_path, check):
        result = check(customers(tmp_path / "c.csv", "A1,entity,Acme,"))

        assert "screening" not in result.summary
        assert not (tmp_path / "run" / "screening.csv").exists()


class TestAList:
    def test_may_have_its_columns_in_any_order_and_others_too(self, tmp_path, check):
        listed = restricted(
            tmp_path / "l.csv",
            {"_id": "h1", "NAME": "Orchid Trading", "extra": "x", "Source": "S"},
            header=["extra", "NAME", "_id", "Source"],
        )
        check(customers(tmp_path / "c.csv", "A1,entity,Orchid Trading,"), screening_list=listed)

        assert [(row["source"], row["entry"]) for row in table(tmp_path / "run" / "screening.csv")] == [("S", "h1")]

    def test_may_be_packed(self, tmp_path, check):
        listed = tmp_path / "l.csv.gz"
        listed.write_bytes(gzip.compress(restricted(tmp_path / "l.csv", ORCHID).read_bytes()))
        result = check(customers(tmp_path / "c.csv", "A1,entity,Orchid Trading,"), screening_list=listed)

        assert result.summary["screening"]["possible_matches"] == 1

    def test_rows_that_cannot_be_read_are_counted_and_told(self, tmp_path, capsys):
        listed = tmp_path / "l.csv"
        good = "name,source\nOrchid Trading,S\n"
        listed.write_bytes(good.encode() + b"ragged\nM\xfcller,S\n\x00,S\n---,S\nAcme Hosting,S\n")
        path = customers(tmp_path / "c.csv", "A1,entity,Acme Hosting,")
        run(["check", str(path), "--list", str(listed), "-o", str(tmp_path / "run"), "--as-of", "2024-06-01"])
        told = " ".join(capsys.readouterr().err.split())

        assert "l.csv: 2 entries, 2 names" in told
        assert "l.csv: 4 rows cannot be read and were NOT screened" in told
        assert "1 possible matches with restricted parties" in told
        lists = json.loads((tmp_path / "run" / "manifest.json").read_text("utf-8"))["screening"]["lists"]
        assert [(each["rows"], each["entries"], each["unread"]) for each in lists] == [(6, 2, 4)]

    @pytest.mark.parametrize(
        "content",
        [b"", b"\n", b"name\n", b"names\nAcme\n", b"name\n---\n", "name\nAcme\n".encode("utf-16"), b"\x1f\x8bbroken"],
        ids=["empty", "blank", "no-rows", "no-name-column", "no-names", "utf-16", "broken-archive"],
    )
    def test_that_says_nothing_is_refused(self, tmp_path, check, content):
        (tmp_path / "l.csv").write_bytes(content)
        with pytest.raises(InputError):
            check(customers(tmp_path / "c.csv", "A1,entity,Acme,"), screening_list=tmp_path / "l.csv")

        assert not (tmp_path / "run").exists()

    def test_that_is_not_there_is_refused_before_anything_is_read(self, tmp_path, check):
        with pytest.raises(InputError, match=r"absent\.csv"):
            check(tmp_path / "no-customers.csv", screening_list=tmp_path / "absent.csv")

    @pytest.mark.parametrize("threshold", [69.9, 100.1, float("nan")])
    def test_has_a_threshold_that_means_something(self, tmp_path, check, threshold):
        with pytest.raises(DefinitionError, match="70 to 100"):
            check(tmp_path / "c.csv", screening_list=restricted(tmp_path / "l.csv", ORCHID), list_threshold=threshold)

    def test_is_known_by_its_digest(self, tmp_path, check):
        listed = restricted(tmp_path / "l.csv", ORCHID)
        check(customers(tmp_path / "c.csv", "A1,entity,Acme,"), screening_list=listed)
        manifest = json.loads((tmp_path / "run" / "manifest.json").read_text("utf-8"))

        assert manifest["screening"]["lists"][0]["sha256"] == hashlib.sha256(listed.read_bytes()).hexdigest()
        assert "screening.csv" in {output["name"] for output in manifest["outputs"]}


class TestWhatIsWritten:
    def test_is_safe_in_a_spreadsheet_and_on_a_terminal(self, tmp_path, check):
        hostile = {
            "source": "+S",
            "entity_number": "@1",
            "name": "=HYPERLINK(1) acme\u202e hosting\u200b\u0085x",
        }
        check(
            customers(tmp_path / "c.csv", "=A1,entity,hyperlink1 acme hosting x,"),
            screening_list=restricted(tmp_path / "l.csv", hostile),
        )
        text = (tmp_path / "run" / "screening.csv").read_text("utf-8")
        (row,) = table(tmp_path / "run" / "screening.csv")

        assert all(value[0] == "'" for name, value in row.items() if name not in {"field", "score"})
        assert not {"\u202e", "\u200b", "\u0085"} & set(text)

    def test_holds_no_name_of_a_customer(self, tmp_path, check):
        result = check(
            customers(tmp_path / "c.csv", "A1,entity,Orchyd Tradyng Co Ltd,Zanzibar Wharf;Orchid Tradyng Co Ltd"),
            screening_list=restricted(tmp_path / "l.csv", ORCHID),
        )
        written = b"".join(
            (tmp_path / "run" / name).read_bytes() for name in ("screening.csv", "summary.json", "manifest.json")
        ).lower()

        assert result.summary["screening"]["possible_matches"] == 2
        assert not any(word in written for word in (b"orchyd", b"tradyng", b"zanzibar"))

    def test_is_the_same_again(self, tmp_path, check):
        chance = random.Random(3)
        pool = ["Ana", "Anna", "Hanna", "Lopez", "Lopes", "Garcia", "Orchid", "Trading", "Ltd"]
        path = customers(tmp_path / "c.csv", *(f"A{n},entity,{' '.join(chance.sample(pool, 3))}," for n in range(200)))
        listed = restricted(
            tmp_path / "l.csv",
            *({"source": "S", "entity_number": n, "name": " ".join(chance.sample(pool, 2))} for n in range(60)),
        )
        texts = set()
        for threads in (1, 4, 2):
            check(path, screening_list=listed, threads=threads)
            texts.add((tmp_path / "run" / "screening.csv").read_bytes())

        assert len(texts) == 1
        assert len(table(tmp_path / "run" / "screening.csv")) > 100


# Nothing is missed that is promised ---------------------------------------------------------------


def found(tmp_path, ours, theirs, threshold, **options):
    """The pairs of names that screening finds."""
    engine = Engine(tmp_path, threads=1)
    try:
        engine.execute("CREATE TABLE customers (record INT, account_id VARCHAR, name VARCHAR, other_names VARCHAR[])")
        engine.execute(
            "CREATE TABLE owners (account_id VARCHAR, owner_id VARCHAR, owner_pos INT, name VARCHAR, "
            "other_names VARCHAR[])"
        )
        for place, name in enumerate(ours):
            engine.execute(f"INSERT INTO customers VALUES ({place}, '{place}', {quoted(name)}, NULL)")
        listed = restricted(tmp_path / "l.csv", *({"entity_number": n, "name": name} for n, name in enumerate(theirs)))
        screened = screening.screen(
            engine.execute,
            tmp_path,
            given=str(listed),
            special_measures=(),
            as_of=AS_OF,
            threshold=threshold,
            **options,
        )
        pairs = engine.execute("SELECT CAST(account_id AS INT), CAST(entry AS INT) FROM screened")
        return {(ours[mine], theirs[other]) for mine, other in pairs}, screened
    finally:
        engine.close()


def meet(left, right):
    """Whether two names share a word, or the beginning of a long one."""

    def keys(words):
        return {*words, *(word[: screening.BEGINNING] + "*" for word in words if len(word) > screening.BEGINNING)}

    return bool(keys(left.split()) & keys(right.split()))


def alike(left, right):
    """The documented score, written down again."""
    words = set(left.split()), set(right.split())
    inside = min(map(len, words)) >= 2 and (words[0] <= words[1] or words[1] <= words[0])
    return max(fuzz.ratio(left, right), fuzz.token_sort_ratio(left, right), 95.0 * inside)


word = st.one_of(st.sampled_from(["orchid", "orchids", "trading", "al", "ali", "co"]), st.text("abcdé1'", min_size=1))
name = st.lists(word, min_size=1, max_size=4).map(" ".join).filter(names.normalised)


@settings(max_examples=15, deadline=None)
@given(
    ours=st.lists(name, min_size=1, max_size=12, unique=True),
    theirs=st.lists(name, min_size=1, max_size=12, unique=True),
    threshold=st.sampled_from([70.0, 80.0, 87.3, 90.0, 95.0, 96.0, 100.0]),
)
def test_every_pair_above_the_threshold_that_shares_a_word_is_found_and_no_other(
    tmp_path_factory, ours, theirs, threshold
):
    pairs, _ = found(tmp_path_factory.mktemp("s"), ours, theirs, threshold)
    normal = {each: names.normalised(each) for each in (*ours, *theirs)}
    expected = {
        (mine, other)
        for mine in ours
        for other in theirs
        if alike(normal[mine], normal[other]) >= threshold and meet(normal[mine], normal[other])
    }

    assert pairs == expected


def test_among_many_names_none_is_missed(tmp_path):
    chance = random.Random(11)
    syllables = ["al", "ba", "ha", "med", "sim", "lu", "xin", "ov", "sky", "der", "son", "gar", "cia", "lo", "pez"]
    pool = ["".join(chance.choices(syllables, k=chance.choice((1, 2, 2, 3)))) for _ in range(80)]

    def some(count):
        texts = (" ".join(chance.choices(pool, k=chance.choice((1, 2, 3)))) for _ in range(count))
        return sorted({text[: chance.randrange(4, 30)].strip() for text in texts})

    ours, theirs = some(400), some(400)
    pairs, screened = found(tmp_path, ours, theirs, 85.0)
    expected = {(a, b) for a in ours for b in theirs if alike(a, b) >= 85 and meet(a, b)}

    assert len(expected) > 100
    assert pairs == expected
    assert screened.compared < len(ours) * len(theirs) / 10


def test_a_word_that_is_too_common_is_told_and_the_same_names_are_still_found(tmp_path):
    ours = ["orchid trading", "orchid trade", "tulip"]
    pairs, screened = found(tmp_path, ours, ["orchid trading", "orchid"], 96.0, most_pairs=1)

    assert pairs == {("orchid trading", "orchid trading")}
    assert screened.too_common > 0


@pytest.fixture(scope="module")
def engine():
    engine = Engine()
    yield engine
    engine.close()


class TestNames:
    @given(st.text(st.characters(max_codepoint=127, min_codepoint=9), max_size=40))
    @settings(max_examples=150, deadline=None)
    def test_are_made_alike_by_the_engine_as_they_are_here(self, engine, text):
        padded = f"{text} company Limited  limited"
        if "\x00" in padded:
            return
        sql = f"SELECT {names.ascii_sql('t')}, {names.normalised_sql('t')} FROM (SELECT {quoted(padded)} AS t) AS x"

        assert engine.execute(sql) == [(True, names.normalised(padded))]

    @pytest.mark.parametrize(
        ("left", "right"),
        [
            ("Müller & Söhne", "muller and sohne"),
            ("ŁÓDŹ Æther", "lodz aether"),
            ("Al\u2010Rashid\u200f", "al rashid"),
            ("\uff2f\uff52\uff43\uff48\uff49\uff44", "orchid"),
            ("Straße", "STRASSE"),
            ("O\u2019Hara", "ohara"),
            ("L.L.C.", "Limited Liability Company"),
            ("\u0130stanbul I\u015f\u0131k", "istanbul isik"),
        ],
    )
    def test_of_other_spellings_are_the_same(self, left, right):
        assert names.normalised(left) == names.normalised(right)

    def test_in_another_script_are_kept(self):
        assert (
            names.normalised("\u5170\u82b1 \u0422\u043e\u0440\u0433\u043e\u0432\u043b\u044f")
            == "\u5170\u82b1 \u0442\u043e\u0440\u0433\u043e\u0432\u043b\u044f"
        )

    def test_need_their_library(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "rapidfuzz.fuzz", None)
        with pytest.raises(DefinitionError, match=r"kycrule\[batch\]"):
            names.scorer()
