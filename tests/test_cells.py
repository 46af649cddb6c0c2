"""The written forms of a value: what each accepts, what it refuses and why, and that no value is told."""

# ruff: noqa: RUF001 - letters and digits that look like others are what is tested

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pycountry
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kycrule import cells
from kycrule.cells import CellError
from kycrule.countries import UNITED_STATES, codes

ACCEPTED = [
    (cells.IDENTIFIER, "A1", "A1"),
    (cells.IDENTIFIER, " 007 ", "007"),
    (cells.IDENTIFIER, "1.0", "1.0"),
    (cells.IDENTIFIER, "a;b", "a;b"),
    (cells.IDENTIFIER, "NULL", "NULL"),
    (cells.IDENTIFIER, "é" * 256, "é" * 256),
    (cells.TEXT, "O'Brien-Smith, Jr.", "O'Brien-Smith, Jr."),
    (cells.TEXT, "\t王小明\r\n", "王小明"),
    (cells.TEXT, "فاطمة الزهراء", "فاطمة الزهراء"),
    (cells.TEXT, "N/A", "N/A"),
    (cells.TEXT, "null", "null"),
    (cells.TEXT, "a\r\nb\tc", "a\r\nb\tc"),
    (cells.TEXT, "x" * 1024, "x" * 1024),
    (cells.TEXT, "\u00a0", "\u00a0"),
    (cells.TEXTS, "a; b ;;c;", ("a", "b", "c")),
    (cells.TEXTS, "Paris, FR", ("Paris, FR",)),
    (cells.EMAIL, "a@b", "a@b"),
    (cells.EMAIL, "用户@例え.テスト", "用户@例え.テスト"),
    (cells.EMAIL, "o'brien+kyc@mail.example", "o'brien+kyc@mail.example"),
    (cells.PHONE, "+49 (30) 555-0134 ext. 7", "+49 (30) 555-0134 ext. 7"),
    (cells.PHONE, "12345", "12345"),
    (cells.COUNTRY, "DE", "DE"),
    (cells.COUNTRY, "de", "DE"),
    (cells.COUNTRY, "deu", "DE"),
    (cells.COUNTRY, " Fra ", "FR"),
    (cells.COUNTRIES, "deu; FR;", ("DE", "FR")),
    (cells.COUNTRIES, "NA", ("NA",)),
    (cells.DATE, "2024-02-29", date(2024, 2, 29)),
    (cells.DATE, "1900-01-01", date(1900, 1, 1)),
    (cells.DATE, "2199-12-31", date(2199, 12, 31)),
    (cells.DATE, " 2024-01-05\n", date(2024, 1, 5)),
    (cells.TIME, "2024-05-31T23:59:59Z", datetime(2024, 5, 31, 23, 59, 59, tzinfo=UTC)),
    (cells.TIME, "2024-05-31t23:59:59z", datetime(2024, 5, 31, 23, 59, 59, tzinfo=UTC)),
    (cells.TIME, "2024-01-01T00:30:00+02:00", datetime(2023, 12, 31, 22, 30, tzinfo=UTC)),
    (cells.TIME, "2024-01-01T00:00:00-03:30", datetime(2024, 1, 1, 3, 30, tzinfo=UTC)),
    (cells.TIME, "2024-01-01T00:00:00.5Z", datetime(2024, 1, 1, microsecond=500_000, tzinfo=UTC)),
    (cells.TIME, "2024-01-01T00:00:00.000001+00:00", datetime(2024, 1, 1, microsecond=1, tzinfo=UTC)),
    (cells.TIME, "2024-01-01T00:00:00-00:00", datetime(2024, 1, 1, tzinfo=UTC)),
    (cells.SHARE, "25", Decimal(25)),
    (cells.SHARE, "0", Decimal(0)),
    (cells.SHARE, "100", Decimal(100)),
    (cells.SHARE, "100.000000000000", Decimal(100)),
    (cells.RANGE, "24.999999999999", "24.999999999999"),
    (cells.RANGE, " 25-50 ", "25-50"),
    (cells.RANGE, ">25 - <=50", ">25 - <=50"),
    (cells.RANGE, ">=75", ">=75"),
    (cells.RANGE, "<25", "<25"),
    (cells.SHARE, "007", Decimal(7)),
    (cells.SHARE, "24.999999999999", Decimal("24.999999999999")),
    (cells.SHARE, "0.000000000001", Decimal("0.000000000001")),
    (cells.SHARE, "\t33.5 ", Decimal("33.5")),
    *((cells.YES_NO, text, True) for text in ("yes", "YES", "Yes", "true", "tRuE", "1", "y", "Y", " y ")),
    *((cells.YES_NO, text, False) for text in ("no", "NO", "No", "false", "FALSE", "0", "n", "N", "\tn\r\n")),
    (cells.ADDRESS, "2001:DB8::0:1", "2001:db8::1"),
    (cells.ADDRESS, " 192.0.2.1 ", "192.0.2.1"),
    (cells.ADDRESS, "::ffff:192.0.2.1", "192.0.2.1"),
    (cells.choice("individual", "entity"), " entity ", "entity"),
]

SHARES = (
    *("NaN", "nan", "inf", "-inf", "Infinity", "sNaN", "1_0", "٠.٢٥", "25%", "0,25", "1e3", "1E1", "1e-999999"),
    *("1e999999", "2５", "２５", "½", "²", "-0", "-1", "+1", "0x1p-2", ".5", "5.", "1 0", "25 %", "1.0.0", "1/4"),
    *("0.1234567890123", "1000", "0025", "9" * 100_000, "25-50", "yes", "25\u00a0", "\u200b25"),
)
COUNTRIES = (
    *("XK", "ZZ", "XX", "EU", "UK", "EL", "UN", "AN", "SU", "YU", "XKX", "Germany", "276", "D", "DEUT", "D E"),
    *("DЕ", "ＤＥ", "de\u0301", "ıt", "İT", "\u212aR", "\u017fE", "E\u017f", "uſa", "ß", "F\u200bR", "N/A", "*"),
)
DATES = (
    *("1899-12-31", "2200-01-01", "2024-02-30", "2023-02-29", "1900-02-29", "2024-13-01", "2024-00-01", "2024-01-00"),
    *("2024-01-05xyz", "2024-1-5", "20240105", "2024-W01-5", "2024-005", "05.01.2024", "01/05/2024", "2024/01/05"),
    *("2024-01-05T00:00:00", "2024-01-05 00:00", "86400", "0", "9999-12-31", "0001-01-01", "today", "2024-01-05Z"),
    *("２０２４-01-05", "2024-٠١-05", "2024\u201301\u201305", "-2024-01-05", "+2024-01-05", "2024-01-05\x85"),
)
TIMES = (
    *("2024-01-01", "2024-01-01T00:00:00", "2024-01-01T00:00Z", "2024-01-01 00:00:00Z", "2024-01-01T00:00:60Z"),
    *("2016-12-31T23:59:60Z", "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:00+0200"),
    *("2024-01-01T00:00:00+02", "2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00+02:60", "2024-01-01T00:00:00,5Z"),
    *("2024-01-01T00:00:00.Z", "2024-01-01T00:00:00.1234567890Z", "2024-02-30T00:00:00Z", "1899-12-31T00:00:00Z"),
    *("2200-01-01T00:00:00Z", "2024-01-01T00:00:00 Z", "2024-01-01T00:00:00Europe/Berlin", "2024-01-01T00:00:00UTC"),
    *("20240101T000000Z", "1704067200", "2024-01-01T٠0:00:00Z", "2024-01-01T00:00:00\u2212\u202f02:00"),
)
YES_NOS = (
    *("maybe", "yess", "t", "f", "on", "off", "2", "-1", "01", "1.0", "unknown", "oui", "ja", "ｙ", "ye\u017f"),
    *("FAL\u017fE", "\u017f", "n\u0307o", "١", "NULL"),
)

REFUSED = [
    *((cells.SHARE, text, "K914") for text in SHARES),
    *((cells.RANGE, text, "K922") for text in ("50-25", "25 to 50", "<0", ">100", "25-<25", "25%", "-25", ">>25")),
    *((cells.RANGE, text, "K915") for text in ("101", "25-100.1", "<999", ">=100.000000000001")),
    *((cells.SHARE, text, "K915") for text in ("100.000000000001", "101", "999", "999.999999999999")),
    *((cells.COUNTRY, text, "K912") for text in COUNTRIES),
    *((cells.COUNTRIES, f"DE;{text}", "K912") for text in COUNTRIES),
    (cells.COUNTRIES, "DE,FR", "K912"),
    (cells.COUNTRY, "DE;FR", "K912"),
    *((cells.DATE, text, "K910") for text in DATES),
    *((cells.TIME, text, "K911") for text in TIMES),
    *((cells.YES_NO, text, "K916") for text in YES_NOS),
    (cells.ADDRESS, "10.0.0.1:80", "K913"),
    (cells.ADDRESS, "10.0.0.01", "K913"),
    (cells.ADDRESS, "fe80::1%eth0", "K913"),
    (cells.EMAIL, "a", "K919"),
    (cells.EMAIL, "@b", "K919"),
    (cells.EMAIL, "a@", "K919"),
    (cells.EMAIL, "a@b@c", "K919"),
    (cells.EMAIL, "a b@c", "K919"),
    (cells.EMAIL, "a@b;c@d", "K919"),
    (cells.EMAIL, "a" * 251 + "@b.c", "K919"),
    (cells.PHONE, "1234", "K920"),
    (cells.PHONE, "none", "K920"),
    (cells.PHONE, "١٢٣٤٥", "K920"),
    (cells.PHONE, "1" * 65, "K920"),
    (cells.TEXT, "x" * 1025, "K918"),
    (cells.TEXTS, "a;" + "x" * 1025, "K918"),
    (cells.TEXT, "a\x00b", "K903"),
    (cells.TEXT, "a\x1b[31mb", "K903"),
    (cells.TEXT, "a\x7fb", "K903"),
    (cells.TEXT, "a\x0bb", "K903"),
    (cells.IDENTIFIER, "a\x1fb", "K903"),
    (cells.IDENTIFIER, "a\nb", "K903"),
    (cells.choice("individual", "entity"), "Entity", "K917"),
    (cells.choice("individual", "entity"), "company", "K917"),
    (cells.choice("individual", "entity"), "individual;entity", "K917"),
]

FORMS = (
    *(cells.IDENTIFIER, cells.TEXT, cells.TEXTS, cells.EMAIL, cells.PHONE, cells.COUNTRY, cells.COUNTRIES),
    *(cells.DATE, cells.TIME, cells.SHARE, cells.YES_NO, cells.ADDRESS, cells.choice("a", "b")),
)


def shown(given):
    return ascii(getattr(given, "name", given))[:50]


class TestForms:
    @pytest.mark.parametrize(("form", "cell", "expected"), ACCEPTED, ids=shown)
    def test_a_cell_in_its_form_has_a_value(self, form, cell, expected):
        value = cells.read(form, cell)

        assert value == expected
        assert type(value) is type(expected)

    @pytest.mark.parametrize(("form", "cell", "code"), REFUSED, ids=shown)
    def test_t20_any_other_cell_is_a_fault(self, form, cell, code):
        with pytest.raises(CellError) as caught:
            cells.read(form, cell)

        assert caught.value.fault.code == code

    @pytest.mark.parametrize(("form", "cell", "_"), REFUSED, ids=shown)
    def test_a_fault_never_shows_the_cell(self, form, cell, _):
        with pytest.raises(CellError) as caught:
            cells.read(form, cell)

        told = str(caught.value) + repr(caught.value)
        assert len(told) < 1000
        for part in cell.split(";"):
            # Shorter ones, and the common words, may stand in the sentences of the fault.
            if len(part) > 3 and part not in {"none", "unknown", "individual", "entity"}:
                assert part not in told
        assert caught.value.__cause__ is None

    @pytest.mark.parametrize("form", FORMS, ids=shown)
    @pytest.mark.parametrize("cell", ["", " ", "\t", "\r\n", " \t\r\n "], ids=ascii)
    def test_a_blank_cell_is_unknown(self, form, cell):
        assert cells.read(form, cell) is None

    @pytest.mark.parametrize("form", [cells.TEXTS, cells.COUNTRIES], ids=shown)
    @pytest.mark.parametrize("cell", [";", " ; ;", ";;;"])
    def test_a_list_of_blanks_is_unknown(self, form, cell):
        assert cells.read(form, cell) is None

    @pytest.mark.parametrize("form", FORMS, ids=shown)
    @pytest.mark.parametrize(
        "kind", ["0", "a", "A", ":", " ", "\t", "@", ".", "é", "9-", ";", "\x00", "+1 "], ids=ascii
    )
    def test_an_overlong_cell_is_answered(self, form, kind):
        cell = kind * (100_000 // len(kind))
        try:
            told = cells.read(form, cell)
        except CellError as error:
            told = str(error)

        assert told is None or len(told) < 1000


class TestCountries:
    def test_t27_every_code_of_iso_3166_is_read_in_any_case(self):
        for country in pycountry.countries:
            for code in (country.alpha_2, country.alpha_3):
                for text in (code, code.lower(), code.title()):
                    assert cells.read(cells.COUNTRY, text) == country.alpha_2

    @pytest.mark.parametrize("text", ["NA", "na", "NAM", "Nam"])
    def test_t27_namibia_is_a_country_and_not_a_blank(self, text):
        assert cells.read(cells.COUNTRY, text) == "NA"

    def test_t27_the_united_states_are_seven_codes(self):
        assert {"US", "AS", "GU", "MP", "PR", "UM", "VI"} == UNITED_STATES
        assert set(codes().values()) >= UNITED_STATES

    @pytest.mark.parametrize("text", ["FM", "MH", "PW", "FSM", "MHL", "PLW"])
    def test_the_freely_associated_states_are_countries_of_their_own(self, text):
        assert cells.read(cells.COUNTRY, text) not in UNITED_STATES

    @pytest.mark.parametrize(("text", "code"), [("USA", "US"), ("PRI", "PR"), ("gum", "GU"), ("vir", "VI")])
    def test_the_areas_of_the_united_states_are_read_in_three_letters(self, text, code):
        assert cells.read(cells.COUNTRY, text) == code
        assert code in UNITED_STATES

    @pytest.mark.parametrize("text", ["TW", "HK", "PS", "MO"])
    def test_what_iso_lists_is_a_code(self, text):
        assert cells.read(cells.COUNTRY, text) == text

    @pytest.mark.parametrize(("name", "code"), [("Germany", "DE"), ("Namibia", "NA"), ("south sudan", "SS")])
    def test_t27_a_name_is_refused_and_its_code_suggested(self, name, code):
        with pytest.raises(CellError, match=rf"Did you mean {code}\?$"):
            cells.read(cells.COUNTRY, name)


class TestShares:
    @given(st.integers(0, 100 * 10**12))
    @settings(max_examples=300, derandomize=True, deadline=None)
    def test_are_exact_to_twelve_decimals(self, units):
        whole, part = divmod(units, 10**12)
        share = cells.read(cells.SHARE, f"{whole}.{part:012d}")

        assert Fraction(share) == Fraction(units, 10**12)

    def test_t21_of_tenths_that_floats_get_wrong_sum_to_a_quarter(self):
        first = [Decimal(tenths) for tenths in range(1, 248, 7)]
        for one in first:
            for two in range(1, 249 - int(one), 11):
                parts = [f"{one / 10}", f"{two / 10}", f"{(250 - int(one) - two) / 10}"]

                assert sum(cells.read(cells.SHARE, part) for part in parts) == 25


class TestTimes:
    @given(
        st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30)),  # noqa: DTZ001 - the offset is drawn apart
        st.integers(-23 * 60 - 59, 23 * 60 + 59),
    )
    @settings(max_examples=200, derandomize=True, deadline=None)
    def test_with_any_offset_are_the_same_instant(self, wall, offset):
        sign, (hours, minutes) = "-" if offset < 0 else "+", divmod(abs(offset), 60)
        text = f"{wall.isoformat()}{sign}{hours:02d}:{minutes:02d}"

        assert cells.read(cells.TIME, text) == (wall - timedelta(minutes=offset)).replace(tzinfo=UTC)

    def test_have_an_offset(self):
        assert cells.read(cells.TIME, "2024-01-01T00:00:00-00:00").utcoffset() == timedelta(0)
