"""Invented accounts: the same for the same seed, in every column, clean or spoilt as asked for."""

import csv
import hashlib
import json
import stat
from datetime import date

import duckdb
import pytest

import kycrule
from kycrule.errors import DefinitionError, OutputError
from kycrule.intake.columns import TABLES
from kycrule.records import JUDGED
from kycrule.sample import sample

CUSTOMERS = 2_000


def made(folder, **options):
    counts = sample(CUSTOMERS, folder, **options)
    assert counts["customers"] == CUSTOMERS
    return folder


def digests(folder, suffix="csv"):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob(f"*.{suffix}")}


def checked(folder, suffix="csv", **options):
    files = {name: folder / f"{name}.{suffix}" for name in TABLES if name != "customers"}
    return kycrule.check(
        folder / f"customers.{suffix}",
        **files,
        providers=folder / "providers.toml",
        as_of=date(2024, 6, 1),
        **options,
    )


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    return made(tmp_path_factory.mktemp("clean") / "sample")


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    return made(tmp_path_factory.mktemp("spoilt") / "sample", dirty=0.1)


class TestSeed:
    @pytest.mark.parametrize("suffix", ["csv", "parquet"])
    def test_the_same_seed_gives_the_same_bytes_in_any_number_of_threads(self, tmp_path, suffix):
        first, second = (
            made(tmp_path / str(threads), seed=7, dirty=0.05, format=suffix, threads=threads) for threads in (1, 3)
        )

        assert digests(first, suffix) == digests(second, suffix)

    def test_another_seed_gives_other_bytes_in_every_table(self, tmp_path, clean):
        other = digests(made(tmp_path / "other", seed=1))

        assert all(other[name] != digest for name, digest in digests(clean).items())

    def test_the_first_rows_stay_the_same_when_there_are_more(self, tmp_path, clean):
        sample(CUSTOMERS // 2, tmp_path / "half")
        half = (tmp_path / "half" / "customers.csv").read_bytes()

        assert (clean / "customers.csv").read_bytes().startswith(half)


class TestTables:
    @pytest.mark.parametrize("name", TABLES)
    def test_every_column_of_a_table_of_its_own_is_there_and_has_values(self, clean, name):
        with (clean / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            titles, *rows = csv.reader(stream)
        empty = [title for title, *found in zip(titles, *rows, strict=True) if not any(found)]

        assert titles == [column.name for column in TABLES[name].columns()]
        # An individual is not organized anywhere; and of a few training transactions, not everything becomes.
        assert empty == (["organized_in"] if name == "owners" else []) or name == "training"

    def test_there_are_about_as_many_owners_and_five_accesses_for_each_customer(self, clean):
        counts = json.loads((clean / "sample.json").read_text("utf-8"))["rows"]

        assert counts["owners"] == pytest.approx(CUSTOMERS, rel=0.1)
        assert counts["accesses"] == 5 * CUSTOMERS
        assert 0 < counts["training"] < counts["stakes"] < CUSTOMERS / 5

    def test_csv_and_parquet_hold_the_same_values(self, tmp_path, clean):
        columnar = made(tmp_path / "columnar", format="parquet")
        ours, theirs = (
            checked(folder, suffix, out=tmp_path / suffix) for folder, suffix in ((clean, "csv"), (columnar, "parquet"))
        )

        assert {**ours.summary, "files": []} == {**theirs.summary, "files": []}
        for name in JUDGED:
            kept = [str(tmp_path / suffix / "records" / f"{name}.parquet") for suffix in ("csv", "parquet")]
            told = [duckdb.sql(f"SELECT * FROM '{path}'").fetchall() for path in kept]
            assert told[0] == told[1], name
            assert told[0]


class TestAnswers:
    def test_nothing_of_a_clean_sample_is_quarantined_and_every_disposition_occurs(self, clean):
        result = checked(clean)
        dispositions = result.summary["dispositions"]

        assert result.quarantined == 0
        assert {name for name, count in dispositions.items() if not count} == {"exempt-foreign-subsidiary"}

    def test_a_reading_that_exempts_subsidiaries_gives_the_last_disposition(self, clean):
        told = checked(clean, readings=kycrule.Readings(foreign_subsidiary="categorical-exempt")).summary

        assert told["dispositions"]["exempt-foreign-subsidiary"] > 0

    def test_about_the_asked_part_of_customers_is_quarantined_in_every_way(self, spoilt):
        result = checked(spoilt)
        customers = result.accounts[0]

        assert customers.quarantined == pytest.approx(CUSTOMERS * 0.1, rel=0.25)
        codes = set(result.summary["quarantine"])
        assert {"K901", "K902", "K904", "K910", "K911", "K912", "K913", "K915", "K917", "K919", "K920"} <= codes
        assert {"K931", "K932", "K934", "K935", "K936", "K937"} <= codes
        assert not {code for code in codes if code.startswith("K99")}

    def test_a_spoilt_parquet_file_has_its_bad_rows_too(self, tmp_path):
        folder = made(tmp_path / "sample", dirty=0.1, format="parquet")

        assert checked(folder, "parquet").accounts[0].quarantined == pytest.approx(CUSTOMERS * 0.1, rel=0.25)


class TestFolder:
    def test_nobody_else_may_read_it(self, clean):
        assert {stat.S_IMODE(path.stat().st_mode) for path in clean.iterdir()} == {0o600}
        assert stat.S_IMODE(clean.stat().st_mode) == 0o700

    def test_it_says_what_it_is_made_of(self, spoilt):
        told = json.loads((spoilt / "sample.json").read_text("utf-8"))
        files = {each["name"]: each["sha256"] for each in told["files"]}

        assert (told["seed"], told["dirty"]) == (0, 0.1)
        assert digests(spoilt).items() <= files.items()

    def test_an_earlier_sample_is_replaced_only_if_asked_for(self, tmp_path):
        folder = tmp_path / "sample"
        sample(3, folder)
        with pytest.raises(OutputError, match="not empty"):
            sample(4, folder)
        sample(4, folder, force=True)

        assert json.loads((folder / "sample.json").read_text("utf-8"))["rows"]["customers"] == 4

    def test_a_run_is_never_replaced_by_a_sample_nor_a_sample_by_a_run(self, tmp_path):
        sample(3, tmp_path / "sample")
        checked(tmp_path / "sample", out=tmp_path / "run")

        with pytest.raises(OutputError, match="not replaced"):
            sample(3, tmp_path / "run", force=True)
        with pytest.raises(OutputError, match="not replaced"):
            checked(tmp_path / "sample", out=tmp_path / "sample", force=True)

    @pytest.mark.parametrize(("customers", "dirty"), [(0, 0), (10**9, 0), (5, -0.1), (5, 1.5), (5, float("nan"))])
    def test_numbers_out_of_bounds_make_nothing(self, tmp_path, customers, dirty):
        with pytest.raises(DefinitionError):
            sample(customers, tmp_path / "sample", dirty=dirty)
        assert list(tmp_path.iterdir()) == []


class TestOrder:
    @pytest.mark.parametrize("suffix", ["csv", "parquet"])
    def test_rows_keep_their_places_where_several_threads_read_them(self, tmp_path, suffix):
        # More rows than a thread takes at once, and clean ones: in the order of their accounts from end to end.
        sample(130_000, tmp_path / "sample", format=suffix, threads=3)
        kycrule.check(
            tmp_path / "sample" / f"customers.{suffix}",
            owners=tmp_path / "sample" / f"owners.{suffix}",
            providers=tmp_path / "sample" / "providers.toml",
            out=tmp_path / "run",
            threads=3,
        )

        for file in ("records/customers", "records/owners", "determinations"):
            accounts = duckdb.sql(
                f"SELECT account_id FROM read_parquet('{tmp_path / 'run' / file}.parquet') ORDER BY file_row_number"
            ).fetchall()
            assert len(accounts) > 120_000, file
            assert accounts == sorted(accounts), file
