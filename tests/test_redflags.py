"""Red flags: what raises one, what does not, and that nothing else changes by them."""

import csv
import json
from datetime import date
from pathlib import Path

import pytest
from test_geo import database

import kycrule
from kycrule import redflags
from kycrule.citations import Citation
from kycrule.cli import run
from kycrule.errors import InputError

AS_OF = date(2024, 6, 1)
HEADER = "account_id,kind,name,email,phone,payment_type,payment_reference,country,use_locations,citizenships"
PAYMENT = "payment-instrument-of-unrelated-customers"
ADDRESS = "many-accounts-from-one-address"
COUNTRY = "access-from-undeclared-countries"
CLAIM = "us-person-with-all-access-abroad"


def table(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def flagged(tmp_path):
    """Run with red flags and give the flags as ``(account, flag, count)``."""

    def checked(*customers, owners=(), accesses=(), **options):
        (tmp_path / "c.csv").write_text("\n".join((HEADER, *customers)) + "\n", "utf-8")
        (tmp_path / "o.csv").write_text("\n".join(("account_id,owner_id,name", *owners)) + "\n", "utf-8")
        (tmp_path / "a.csv").write_text("\n".join(("account_id,ip", *accesses)) + "\n", "utf-8")
        kycrule.check(
            tmp_path / "c.csv",
            owners=tmp_path / "o.csv",
            accesses=tmp_path / "a.csv",
            as_of=AS_OF,
            out=tmp_path / "run",
            force=True,
            **{"red_flags": True, **options},
        )
        return [(row["account_id"], row["flag"], int(row["count"])) for row in table(tmp_path / "run/red-flags.csv")]

    return checked


@pytest.fixture(scope="module")
def geo(tmp_path_factory):
    blocks = {"1.1.0.0/16": "DE", "1.2.0.0/16": "US", "1.3.0.0/16": "PR", "1.4.0.0/16": "FR"}
    return database(
        tmp_path_factory.mktemp("g") / "g.mmdb",
        {network: {"country": {"iso_code": code}} for network, code in blocks.items()},
    )


def payer(account, name="", email="", phone="", reference="4111 1111", kind="credit_card"):
    return f"{account},individual,{name},{email},{phone},{kind},{reference},,,"


class TestOnePaymentInstrument:
    def test_of_three_unrelated_customers_is_flagged_on_each(self, flagged):
        found = flagged(payer("C", "c"), payer("A", "a", reference="4111-1111"), payer("B", "b", reference="41111111"))

        assert found == [("C", PAYMENT, 3), ("A", PAYMENT, 3), ("B", PAYMENT, 3)]

    def test_of_two_is_not(self, flagged):
        assert flagged(payer("A", "a"), payer("B", "b"), payer("C", "b"), payer("D", "B  ")) == []

    @pytest.mark.parametrize(
        "third",
        [
            payer("C", "ANN  lee", "c@x.org", "+1 555 0003"),
            payer("C", "Cy", "A@X.ORG", "+1 555 0003"),
            payer("C", "Cy", "c@x.org", "1-555-0001"),
        ],
        ids=["name", "e-mail", "telephone"],
    )
    def test_of_customers_who_share_something_is_not(self, flagged, third):
        assert flagged(payer("A", "Ann Lee", "a@x.org", "+1 555 0001"), payer("B", "Bo", "b@x.org"), third) == []

    def test_of_customers_with_an_owner_in_common_is_not(self, flagged):
        three = (payer("A", "a"), payer("B", "b"), payer("C", "c"))

        assert flagged(*three, owners=("A,o1,Zoe", "C,o1,zoe")) == []
        assert len(flagged(*three, owners=("A,o1,Zoe", "C,o1,Max"))) == 3

    def test_of_customers_tied_in_a_chain_counts_as_one(self, flagged):
        chain = [payer(f"A{n}", f"n{n}", f"e{(n + 1) // 2}@x.org", f"+1 555 100{n // 2}") for n in range(8)]

        assert flagged(*chain) == []
        assert {count for _, _, count in flagged(*chain, payer("X", "x"), payer("Y", "y"))} == {3}

    @pytest.mark.parametrize("blank", ["reference", "kind"])
    def test_that_is_not_known_is_no_instrument(self, flagged, blank):
        assert flagged(*(payer(account, account, **{blank: ""}) for account in "ABCD")) == []

    def test_is_of_one_type(self, flagged):
        kinds = ("credit_card", "account", "other")
        assert flagged(*(payer(kind[0], kind, kind=kind) for kind in kinds)) == []


class TestOneAddress:
    def accounts(self, count, ip="1.2.3.4"):
        customers = [f"A{n},individual,,,,,,,," for n in range(count)]
        return customers, [f"A{n},{ip}" for n in range(count)]

    def test_of_many_accounts_is_flagged_with_the_greatest_number(self, flagged):
        customers, accesses = self.accounts(redflags.ACCOUNTS_AT_ONE_ADDRESS + 1)
        found = flagged(
            *customers, accesses=(*accesses, *(f"A{n},5.6.7.8" for n in range(1, len(accesses))), "A0,9.9.9.9")
        )

        assert found == [(f"A{n}", ADDRESS, len(customers)) for n in range(len(customers))]

    def test_of_fewer_is_not_however_often_they_use_it(self, flagged):
        customers, accesses = self.accounts(redflags.ACCOUNTS_AT_ONE_ADDRESS - 1)

        assert flagged(*customers, accesses=accesses * 3) == []

    def test_is_one_however_it_is_written(self, flagged):
        customers, accesses = self.accounts(redflags.ACCOUNTS_AT_ONE_ADDRESS, "2001:4860:0::8888")
        accesses[0] = "A0,2001:4860::8888"

        assert len(flagged(*customers, accesses=accesses)) == redflags.ACCOUNTS_AT_ONE_ADDRESS

    @pytest.mark.parametrize("ip", ["10.0.0.1", "100.64.0.1", "fd00::1", "127.0.0.1"])
    def test_that_is_shared_or_private_is_no_evidence(self, flagged, ip):
        customers, accesses = self.accounts(redflags.ACCOUNTS_AT_ONE_ADDRESS + 5, ip)

        assert flagged(*customers, accesses=accesses) == []


class TestAccessCountries:
    def flags(self, flagged, geo, row, *ips):
        return flagged(row, accesses=[f"A,{ip}" for ip in ips], geo=geo)

    def test_other_than_the_declared_one_are_flagged(self, flagged, geo):
        assert self.flags(flagged, geo, "A,individual,,,,,,FR,,FR", "1.1.0.1", "1.1.0.2") == [("A", COUNTRY, 2)]

    @pytest.mark.parametrize(
        ("row", "ips"),
        [
            ("A,individual,,,,,,FR,,FR", ["1.1.0.1", "1.4.0.1"]),
            ("A,individual,,,,,,,,FR", ["1.1.0.1"]),
            ("A,individual,,,,,,FR,DEU,FR", ["1.1.0.1"]),
            ("A,individual,,,,,,FR,Paris; de ,FR", ["1.1.0.1"]),
            ("A,individual,,,,,,US,,FR", ["1.3.0.1"]),
            ("A,individual,,,,,,PR,,FR", ["1.2.0.1"]),
            ("A,individual,,,,,,FR,,FR", ["1.9.0.1", "10.1.0.1"]),
            ("A,individual,,,,,,FR,,FR", []),
        ],
        ids=["half", "none-declared", "place-of-use", "listed-place", "territory", "of-territory", "unknown", "none"],
    )
    def test_are_no_contradiction(self, flagged, geo, row, ips):
        assert self.flags(flagged, geo, row, *ips) == []

    def test_each_address_counts_once(self, flagged, geo):
        found = self.flags(flagged, geo, "A,individual,,,,,,FR,,FR", *["1.1.0.1"] * 9, "1.4.0.1", "1.4.0.2")

        assert found == []

    def test_all_abroad_speak_against_a_claim_to_be_a_us_person(self, flagged, geo):
        assert self.flags(flagged, geo, "A,individual,,,,,,,,US", "1.1.0.1", "1.9.0.1") == [("A", CLAIM, 1)]

    @pytest.mark.parametrize(
        ("citizenships", "ips"),
        [("US", ["1.1.0.1", "1.3.0.1"]), ("FR", ["1.1.0.1"]), ("", ["1.1.0.1"]), ("US", ["1.9.0.1"]), ("US", [])],
        ids=["one-at-home", "no-claim", "unknown", "unknown-country", "no-access"],
    )
    def test_do_not_speak_against_it_otherwise(self, flagged, geo, citizenships, ips):
        assert self.flags(flagged, geo, f"A,individual,,,,,,,,{citizenships}", *ips) == []

    def test_are_not_looked_for_without_data(self, flagged, tmp_path):
        assert flagged("A,individual,,,,,,FR,,US", accesses=["A,1.1.0.1"]) == []
        summary = json.loads((tmp_path / "run/summary.json").read_text("utf-8"))["red_flags"]
        assert set(summary["flags"]) == {PAYMENT, ADDRESS}
        assert summary["countries"] is None

    def test_are_dated_in_the_manifest_and_counted(self, flagged, geo, tmp_path):
        flagged("A,individual,,,,,,FR,,FR", accesses=["A,1.1.0.1", "A,1.9.0.1"], geo=geo, red_flags=False)
        manifest = json.loads((tmp_path / "run/manifest.json").read_text("utf-8"))
        summary = json.loads((tmp_path / "run/summary.json").read_text("utf-8"))

        assert manifest["geo"]["source"] == "mmdb"
        assert {"name", "type", "built", "sha256"} <= set(manifest["geo"])
        assert summary["red_flags"]["countries"] == {"addresses": 2, "with_country": 1, "accounts": {"DE": 1}}

    def test_of_a_damaged_database_stop_the_run(self, flagged, tmp_path):
        (tmp_path / "g.mmdb").write_bytes(b"no")
        with pytest.raises(InputError):
            flagged("A,individual,,,,,,FR,,FR", geo=tmp_path / "g.mmdb")

        assert not (tmp_path / "run").exists()


class TestTheTable:
    def test_has_these_columns_and_guards_identifiers(self, flagged, tmp_path):
        flagged(payer("=A", "a"), payer("B", "b"), payer("C", "c"))
        rows = table(tmp_path / "run/red-flags.csv")

        assert list(rows[0]) == ["account_id", "subject", "category", "flag", "cites", "message", "count"]
        assert (rows[0]["account_id"], rows[0]["subject"]) == ("'=A", "'=A")
        assert (rows[0]["category"], rows[0]["cites"]) == ("identity-evidence", "7.306(b)(1)(iii)(A)")

    def test_holds_no_value_of_a_customer(self, flagged, geo, tmp_path):
        secrets = [f"Secret{n},s{n}@secret.org,+1 999 888{n}" for n in range(3)]
        found = flagged(
            *(f"A{n},individual,{secret},credit_card,secret-77,FR,Secretville,US" for n, secret in enumerate(secrets)),
            owners=("A0,o,Secret Owner",),
            accesses=("A0,1.1.77.1", "A1,1.1.77.1"),
            geo=geo,
        )
        written = b"".join(
            (tmp_path / "run" / name).read_bytes() for name in ("red-flags.csv", "summary.json", "manifest.json")
        ).lower()

        assert {flag for _, flag, _ in found} == {PAYMENT, COUNTRY, CLAIM}
        assert not any(value in written for value in (b"secret", b"1.1.77", b"999"))

    def test_changes_no_determination_and_no_finding(self, flagged, geo, tmp_path):
        rows = ("A,individual,,,,,,FR,,US", "B,individual,,,,,,FR,,FR")
        names = ("determinations.csv", "findings.csv")
        flagged(*rows, accesses=["A,1.1.0.1"], geo=geo)
        after = [(tmp_path / "run" / name).read_bytes() for name in names]
        kycrule.check(
            tmp_path / "c.csv",
            owners=tmp_path / "o.csv",
            accesses=tmp_path / "a.csv",
            as_of=AS_OF,
            out=tmp_path / "run",
            force=True,
        )

        assert [(tmp_path / "run" / name).read_bytes() for name in names] == after
        assert not (tmp_path / "run/red-flags.csv").exists()

    def test_is_told_on_the_terminal_with_what_it_is_not(self, tmp_path, geo, capsys):
        (tmp_path / "c.csv").write_text(f"{HEADER}\nA,individual,,,,,,FR,,FR\n", "utf-8")
        (tmp_path / "a.csv").write_text("account_id,ip\nA,1.1.0.1\n", "utf-8")
        files = [str(tmp_path / "c.csv"), "--accesses", str(tmp_path / "a.csv"), "-o", str(tmp_path / "run")]
        run(["check", *files, "--geo", str(geo), "--as-of", "2024-06-01"])
        told = " ".join(capsys.readouterr().err.split())

        assert "Red flags on 1 accounts (red-flags.csv): weak evidence, no determination changes" in told
        assert f"1 {COUNTRY}" in told
        assert "countries known for 1 of 1 addresses" in told
        assert "7.306(b)(1)(iii)(C)" in told


class TestTheCatalogue:
    def test_cites_paragraphs_and_is_documented(self):
        page = (Path(__file__).parents[1] / "docs/how-to/red-flags.md").read_text("utf-8")
        names = [kind.name for kind in redflags.FLAGS]

        assert len(set(names)) == len(names)
        for kind in redflags.FLAGS:
            assert str(Citation.parse(kind.cites)) == kind.cites
            assert f"`{kind.name}`" in page
        for number in (redflags.UNRELATED_CUSTOMERS, redflags.ACCOUNTS_AT_ONE_ADDRESS):
            assert str(number) in page
