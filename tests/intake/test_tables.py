"""Tables that are typed already: Parquet files, and tables in memory of the libraries that people use."""

from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import kycrule
from kycrule.errors import InputError
from kycrule.records import Provider

PROVIDER = Provider.read({"id": "p", "organized_in": "US", "offers_iaas": True, "product_us_owned": True})
CUSTOMERS = {
    "account_id": ["A1", "A2", "A3", "A4"],
    "kind": ["individual", "entity", "person", None],
    "citizenships": [["DE", "fra"], None, ["US"], []],
    "us_person_verified": [True, None, False, None],
    "opened_on": [date(2024, 1, 2), None, date(2024, 1, 3), date(1492, 1, 1)],
    "shoe_size": [1, 2, 3, 4],
}
OWNERS = {
    "account_id": ["A2", "A2", "A2"],
    "owner_id": ["o1", "o2", "o3"],
    "share": [Decimal("24.995"), Decimal(25), Decimal(101)],
}
ACCESSES = {
    "account_id": ["A1", "A1", "A9"],
    "ip": ["8.8.8.8", "2001:DB8::1", "8.8.4.4"],
    "at": [datetime(2024, 1, 2, tzinfo=UTC), None, None],
}


def arrow(columns):
    return pa.table(columns)


def parquet(columns, folder):
    path = folder / f"{len(list(folder.iterdir()))}.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def pandas(columns):
    return pytest.importorskip("pandas").DataFrame(columns)


def polars(columns):
    return pytest.importorskip("polars").DataFrame(columns)


def lazy(columns):
    return polars(columns).lazy()


def relation(columns):
    table = pa.table(columns)
    connection = duckdb.connect()
    connection.register("given", table)
    return connection.table("given")


@pytest.fixture(params=[arrow, pandas, polars, lazy, relation, parquet], ids=lambda maker: maker.__name__)
def made(request, tmp_path):
    """What makes a table of columns."""
    given = tmp_path / "given"
    given.mkdir()
    return (lambda columns: parquet(columns, given)) if request.param is parquet else request.param


def quarantined(run):
    return [line.split(",")[3] for line in (run / "quarantine.csv").read_text().splitlines()[1:]]


class TestEveryKindOfTable:
    def test_is_determined_and_what_is_not_in_its_form_is_in_quarantine(self, made, tmp_path):
        result = kycrule.check(
            made(CUSTOMERS),
            owners=made(OWNERS),
            accesses=made(ACCESSES),
            providers=(PROVIDER,),
            as_of=date(2024, 6, 1),
            out=tmp_path / "run",
        )

        customers, owners, accesses = result.accounts
        assert (customers.records, customers.good, customers.quarantined) == (4, 2, 2)
        assert (owners.records, owners.good, owners.quarantined) == (3, 2, 1)
        assert (accesses.records, accesses.good, accesses.quarantined) == (3, 2, 1)
        assert customers.ignored == ("shoe_size",)
        assert sorted(quarantined(tmp_path / "run")) == ["K910", "K915", "K917", "K935"]

    def test_says_the_same_as_the_same_rows_in_csv(self, made, tmp_path):
        columns = {name: values[:2] for name, values in CUSTOMERS.items()}
        path = tmp_path / "customers.csv"
        path.write_text(
            "account_id,kind,citizenships,us_person_verified,opened_on\nA1,individual,DE;FR,yes,2024-01-02\nA2,entity,,,\n"
        )

        for place, customers in enumerate((made(columns), path)):
            kycrule.check(
                customers,
                providers=(PROVIDER,),
                as_of=date(2024, 6, 1),
                out=tmp_path / f"run{place}",
                keep_records=False,
            )

        one, other = ((tmp_path / f"run{place}" / "findings.csv").read_bytes() for place in (0, 1))
        assert one == other
        assert one.count(b"\n") > 3


class TestNumbersAsFloats:
    def test_stand_for_their_fewest_digits(self):
        owners = arrow({"account_id": ["A"], "share": [24.995]})
        customers = arrow({"account_id": ["A"], "kind": ["entity"]})

        result = kycrule.check(customers, owners=owners, providers=(PROVIDER,), as_of=date(2024, 6, 1))

        assert result.accounts[1].good == 1


class TestRefused:
    def test_what_is_no_table(self):
        with pytest.raises(InputError):
            kycrule.check(object())

    def test_a_control_character_in_a_text(self, tmp_path):
        kycrule.check(arrow({"account_id": ["A1", "A\x002"], "name": ["x", "y"]}), out=tmp_path / "run")

        assert quarantined(tmp_path / "run") == ["K903"]

    def test_a_damaged_parquet_file(self, tmp_path):
        path = tmp_path / "customers.parquet"
        path.write_bytes(b"PAR1" + b"\x00" * 100)

        with pytest.raises(InputError, match="K995"):
            kycrule.check(path)
