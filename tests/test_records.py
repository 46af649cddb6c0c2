"""The records that a user hands in: strict, frozen, complete in their complaints, and silent about values."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pydantic
import pytest

from kycrule import cells
from kycrule.errors import RecordError
from kycrule.records import Access, BeneficialOwner, Customer, Party, Provider, Stake

OWNER = {
    "kind": "individual",
    "account_id": "A1",
    "owner_id": "o1",
    "name": "Ana Lutali",
    "citizenships": ["AS", "NA"],
    "share": "24.999999999999",
    "substantial_control": "no",
    "senior_officer": "yes",
}
ACCESS = {"account_id": "A1", "ip": "2001:DB8::1", "at": "2024-05-31T23:59:59.5+02:00", "action": "administration"}
FULL = {
    "account_id": "A1",
    "served_by": "p",
    "kind": "entity",
    "name": "Müller & Söhne GmbH",
    "other_names": "M&S; Mueller",
    "citizenships": ["DE"],
    "us_permanent_resident": "no",
    "organized_in": "DEU",
    "located_in": "de",
    "street_address": "Hafenstraße 3\nHinterhaus",
    "city": "Hamburg",
    "region": "HH",
    "postal_code": "00123",
    "country": "DE",
    "military_box": "APO AE 09096",
    "use_locations": ["Hamburg, DE", "Paris; FR"],
    "email": "it@mueller.example",
    "phone": "+49 40 555 0134",
    "payment_type": "account",
    "payment_reference": "007",
    "us_person_verified": False,
    "identity_verified": True,
    "verification_method": "both",
    "verified_on": "2024-01-08",
    "opened_on": date(2024, 1, 15),
    "closed_on": "2024-04-30",
    "last_accessed_on": "2024-04-12",
    "opened_for": "customer",
    "reseller_account": "1",
    "owners_known": "Y",
    "owners": [OWNER, {"owner_id": "o2", "share": 75}],
    "accesses": [ACCESS, {"ip": "192.0.2.1"}],
}
PROVIDER = {
    "id": "p",
    "name": "Northwind Cloud, Inc.",
    "organized_in": "US",
    "located_in": "US",
    "us_owned": True,
    "parent": "q",
    "offers_iaas": True,
    "product_us_owned": True,
    "product_operated_in_us": False,
    "resells_for": "r",
    "established_on": date(2023, 3, 1),
    "previous_certification_on": "2024-03-01",
    "deterrence_program_finding": "2024-02-15",
}


def refusal(record, fields):
    with pytest.raises(RecordError) as caught:
        record.read(fields)
    return caught.value


class TestValues:
    def test_a_full_record_is_read(self):
        customer = Customer.read(FULL)

        assert (customer.organized_in, customer.located_in) == ("DE", "DE")
        assert customer.other_names == ("M&S", "Mueller")
        assert customer.use_locations == ("Hamburg, DE", "Paris; FR")
        assert (customer.us_permanent_resident, customer.reseller_account, customer.owners_known) == (False, True, True)
        assert (customer.postal_code, customer.payment_reference) == ("00123", "007")
        assert [owner.share for owner in customer.owners] == [Decimal("24.999999999999"), Decimal(75)]
        assert customer.owners[0].citizenships == ("AS", "NA")
        assert customer.accesses[0].at == datetime(2024, 5, 31, 21, 59, 59, 500_000, tzinfo=UTC)
        assert customer.accesses[0].ip == "2001:db8::1"

    @pytest.mark.parametrize("blank", [None, "", "  ", "\t\n"], ids=repr)
    def test_absent_empty_and_blank_are_unknown(self, blank):
        names = [column.name for column in Customer.columns() if column.name != "account_id"]

        assert Customer.read({"account_id": "A1", **dict.fromkeys(names, blank)}) == Customer.read({"account_id": "A1"})

    def test_an_empty_list_is_unknown(self):
        assert Customer.read({"account_id": "A1", "citizenships": [], "other_names": ["", " "]}) == Customer.read(
            {"account_id": "A1"}
        )

    def test_unknown_is_none_and_never_false(self):
        customer = Customer.read({"account_id": "A1"})

        assert {getattr(customer, column.name) for column in Customer.columns()} == {"A1", None}
        assert (customer.owners, customer.accesses) == ((), ())

    @pytest.mark.parametrize(
        ("share", "expected"),
        [
            (25, Decimal(25)),
            (0, Decimal(0)),
            (100, Decimal(100)),
            (Decimal("24.999999999999"), Decimal("24.999999999999")),
            (Decimal("1E+1"), Decimal(10)),
            ("33.5", Decimal("33.5")),
            (None, None),
        ],
        ids=repr,
    )
    def test_a_share_is_a_whole_number_a_decimal_or_a_text(self, share, expected):
        value = BeneficialOwner.read({"share": share}).share

        assert value == expected
        assert value is None or type(value) is Decimal

    @pytest.mark.parametrize(
        ("share", "code"),
        [
            (25.0, "K914"),
            (0.1, "K914"),
            (float("nan"), "K914"),
            (True, "K914"),
            (False, "K914"),
            (-1, "K914"),
            (101, "K915"),
            (10**30, "K914"),
            (Decimal("NaN"), "K914"),
            (Decimal("Infinity"), "K914"),
            (Decimal("-0"), "K914"),
            (Decimal("100.000000000001"), "K915"),
            (Decimal("0.1234567890123"), "K914"),
            (Decimal("1E-30"), "K914"),
            ("25%", "K914"),
            ("1e1", "K914"),
            ([25], "K914"),
            (b"25", "K914"),
        ],
        ids=repr,
    )
    def test_a_share_is_never_a_float_or_a_bool(self, share, code):
        assert refusal(BeneficialOwner, {"share": share}).faults == (("share", code),)

    def test_a_decimal_of_a_million_digits_is_refused(self):
        assert refusal(BeneficialOwner, {"share": Decimal("1e-999999")}).faults == (("share", "K914"),)

    @pytest.mark.parametrize(
        "at",
        [datetime(2024, 1, 1), "2024-01-01T00:00:00", date(2024, 1, 1), 1704067200, 1704067200.0],  # noqa: DTZ001
        ids=repr,
    )
    def test_a_time_without_an_offset_is_refused(self, at):
        assert refusal(Access, {"ip": "192.0.2.1", "at": at}).faults == (("at", "K911"),)

    def test_a_time_with_an_offset_is_kept(self):
        at = datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=45)))

        assert Access.read({"ip": "192.0.2.1", "at": at}).at == at

    @pytest.mark.parametrize(
        "day", [datetime(2024, 1, 1, tzinfo=UTC), 86400, 0, "86400", "2024-01-29T00:00:00", 1.5, True], ids=repr
    )
    def test_a_date_is_a_date_or_its_text(self, day):
        assert refusal(Customer, {"account_id": "A1", "opened_on": day}).faults == (("opened_on", "K910"),)

    @pytest.mark.parametrize("answer", [1, 0, 1.0, [], "maybe"], ids=repr)
    def test_yes_and_no_are_bools_or_texts(self, answer):
        assert refusal(Customer, {"account_id": "A1", "owners_known": answer}).faults == (("owners_known", "K916"),)

    @pytest.mark.parametrize("account_id", [1, 1.0, True, b"A1", ["A1"]], ids=repr)
    def test_an_identifier_is_a_text(self, account_id):
        assert [place for place, _ in refusal(Customer, {"account_id": account_id}).faults] == ["account_id"]

    @pytest.mark.parametrize("name", ["citizenships", "other_names"])
    @pytest.mark.parametrize("members", [[1], [None], [["DE"]], {"DE": 1}, {"DE"}, 5], ids=repr)
    def test_a_list_has_texts_alone(self, name, members):
        assert [place for place, _ in refusal(Customer, {"account_id": "A1", name: members}).faults] == [name]

    def test_a_beneficial_owner_is_an_individual(self):
        assert BeneficialOwner.read({}).kind == "individual"
        assert refusal(BeneficialOwner, {"kind": "entity"}).faults == (("kind", "K917"),)


class TestRefusals:
    def test_all_faults_come_in_one_error(self):
        canaries = {
            "account_id": "CANARY\x00ID",
            "kind": "canary-kind",
            "country": "Canaryland",
            "email": "canary-email",
            "opened_on": "canary-date",
            "us_person_verified": "canary-yes",
            "owners": [{"share": "CANARY%", "citizenships": ["DE", "CANARY"]}, {"birthday": "canary-day"}],
            "accesses": [{"ip": "192.0.2.1:4242"}, {"at": "canary-time"}],
            "shoe_size": "canary-46",
        }

        error = refusal(Customer, canaries)

        assert set(error.faults) == {
            ("account_id", "K903"),
            ("kind", "K917"),
            ("country", "K912"),
            ("email", "K919"),
            ("opened_on", "K910"),
            ("us_person_verified", "K916"),
            ("owners.0.share", "K914"),
            ("owners.0.citizenships", "K912"),
            ("owners.1.birthday", "K906"),
            ("accesses.0.ip", "K913"),
            ("accesses.1.at", "K911"),
            ("shoe_size", "K906"),
        }
        for place, code in error.faults:
            told = [line for line in str(error).splitlines() if line.startswith(f"  {place}: ")]
            assert len(told) == 1
            assert code == "K906" or code in told[0]
        for text in (str(error), repr(error), repr(error.args), repr(error.faults)):
            assert "canary" not in text.lower()
            assert "4242" not in text
        assert error.__cause__ is None
        assert error.__suppress_context__

    @pytest.mark.parametrize(
        "account_id", [{}, {"account_id": ""}, {"account_id": " "}, {"account_id": None}], ids=repr
    )
    def test_a_record_without_an_account_is_refused_with_one_code(self, account_id):
        assert refusal(Customer, account_id).faults == (("account_id", "K930"),)

    @pytest.mark.parametrize("fields", [[], "account_id", None, 5], ids=repr)
    def test_something_else_than_a_mapping_is_refused(self, fields):
        assert refusal(Customer, fields).faults == (("record", "K906"),)

    @pytest.mark.parametrize("owners", ["o1", 5, [5], {"owner_id": "o1"}, [["o1"]]], ids=repr)
    def test_owners_are_a_list_of_owners(self, owners):
        error = refusal(Customer, {"account_id": "A1", "owners": owners})

        assert {code for _, code in error.faults} == {"K906"}
        assert {place.partition(".")[0] for place, _ in error.faults} == {"owners"}

    def test_the_libraries_own_error_shows_no_value_either(self):
        with pytest.raises(pydantic.ValidationError) as caught:
            Customer(account_id="A1", country="Canaryland", kind=5)  # type: ignore[arg-type]

        assert "anaryland" not in str(caught.value)

    @pytest.mark.parametrize("record", [Party, Customer, BeneficialOwner, Access, Provider])
    def test_fields_that_no_record_has_are_refused(self, record):
        error = refusal(record, {"account_id": "A1", "id": "p", "date_of_birth": "1970-01-01"})

        assert ("date_of_birth", "K906") in error.faults
        assert "1970" not in str(error)


class TestRecords:
    def test_are_frozen(self):
        customer = Customer.read(FULL)

        for record, name in ((customer, "kind"), (customer.owners[0], "share"), (customer.accesses[0], "ip")):
            with pytest.raises(pydantic.ValidationError):
                setattr(record, name, None)

    def test_are_equal_by_value_and_hashable(self):
        assert Customer.read(FULL) == Customer.read(FULL)
        assert hash(Customer.read(FULL)) == hash(Customer.read(FULL))
        assert Customer.read(FULL) != Customer.read({**FULL, "kind": "individual"})

    def test_take_records_as_members(self):
        owner = BeneficialOwner.read(OWNER)

        assert Customer.read({"account_id": "A1", "owners": (owner,)}).owners == (owner,)

    @pytest.mark.parametrize(
        ("record", "fields"), [(Customer, FULL), (BeneficialOwner, OWNER), (Access, ACCESS), (Provider, PROVIDER)]
    )
    def test_survive_json(self, record, fields):
        original = record.read(fields)
        text = original.model_dump_json()

        assert record.model_validate_json(text) == original
        assert record.read(json.loads(text)) == original
        assert record.read(original.model_dump()) == original

    @pytest.mark.parametrize("share", ["0.000000000001", "100.000000000000", "24.999999999999", "0", "1E+1"])
    def test_shares_survive_json_exactly(self, share):
        original = BeneficialOwner.read({"share": Decimal(share)})

        assert BeneficialOwner.read(json.loads(original.model_dump_json())).share == Decimal(share)

    def test_their_columns_are_their_fields_in_one_table(self):
        for record in (Customer, BeneficialOwner, Access, Stake, Provider):
            names = [column.name for column in record.columns()]
            assert names == [name for name in record.model_fields if name not in {"owners", "accesses", "stakes"}]

    def test_every_column_reads_its_cell(self):
        forms = {column.name: column.form for column in Customer.columns()}

        assert forms["account_id"] is cells.IDENTIFIER
        assert forms["citizenships"] is cells.COUNTRIES
        assert forms["opened_on"] is cells.DATE
        assert forms["kind"].choices == ("individual", "entity")
        assert [column.form for column in BeneficialOwner.columns() if column.name == "share"] == [cells.SHARE]
        assert [column.form for column in Access.columns()][1:3] == [cells.ADDRESS, cells.TIME]

    def test_the_rule_asks_for_no_birthday_and_no_identity_number(self):
        names = {name for record in (Customer, BeneficialOwner) for name in record.model_fields}

        assert not {name for name in names if "birth" in name or "passport" in name or "national_id" in name}


def test_an_unknown_field_is_named_with_the_nearest_one_there_is():
    fields = {"account_id": "a", "citizenship": ["FR"], "owners": [{"shares": "30"}], "zzz": "secret"}

    with pytest.raises(RecordError) as refused:
        Customer.read(fields)

    assert "citizenship: Customer has no such field. Did you mean citizenships?" in str(refused.value)
    assert "owners.0.shares: BeneficialOwner has no such field. Did you mean share?" in str(refused.value)
    assert "zzz: Customer has no such field.\n" in f"{refused.value}\n"
    assert "secret" not in str(refused.value)
