"""T8: what customers entrust to a provider is found in quarantine and in the kept records, and nowhere else.

10,000 rows with a marker in every field, and with every kind of error. A smaller file, and the errors of whole files
and of JSON, stand in test_outputs.py, TestCanaries.
"""

import csv
import re

import pytest
from processes import AS_OF, ended

from kycrule import cells
from kycrule.faults import FAULTS
from kycrule.records import BeneficialOwner, Customer, Stake, TrainingTransaction

ROWS = 10_000
MARKERS = re.compile(r"canary|203\.0\.113\.137|1987-06|31337|33\.777", re.IGNORECASE)
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
# Those of JSON lines and of whole files are provoked elsewhere.
CODES = {fault.code for fault in FAULTS if fault.code < "K990"} - {"K906"}

MARKED = {
    cells.TEXT: "canary",
    cells.TEXTS: "canary-b;canary-c",
    cells.EMAIL: "canary@canary.example",
    cells.PHONE: "canary 31337 31337",
    cells.COUNTRY: "FR",
    cells.COUNTRIES: "FR;DE",
    cells.DATE: "1987-06-05",
    cells.TIME: "1987-06-05T04:03:02Z",
    cells.SHARE: "33.777",
    cells.RANGE: "33.777",
    cells.COUNT: "31337",
    cells.MEASURE: "31337.5",
    cells.YES_NO: "yes",
    cells.ADDRESS: "203.0.113.137",
}
SPOILT = {
    cells.IDENTIFIER: "canary" * 50,
    cells.TEXT: "canary" * 200,
    cells.TEXTS: "canary;" + "canary" * 200,
    cells.EMAIL: "canary-no-email",
    cells.PHONE: "canary",
    cells.COUNTRY: "Canaryland",
    cells.COUNTRIES: "FR;Canaryland",
    cells.DATE: "canary-1987-06-05",
    cells.TIME: "1987-06-05 canary",
    cells.SHARE: "canary%",
    cells.RANGE: "canary-31337",
    cells.COUNT: "-31337 canary",
    cells.MEASURE: "31337 canary",
    cells.YES_NO: "canary",
    cells.ADDRESS: "203.0.113.137:31337",
}


def marked(record):
    """A row with a marker in every field that can hold one."""
    return {
        column.name: column.form.choices[0] if column.form.choices else MARKED.get(column.form, "")
        for column in record.columns()
    }


def spoilt(record):
    """Each field with a value that is not in its form."""
    return [
        (column.name, "canary-choice" if column.form.choices else SPOILT[column.form])
        for column in record.columns()
        if column.name != "account_id"
    ]


def written(path, record, rows, *lines):
    extra = ["ip_addresses"] if record is Customer else []
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [*(column.name for column in record.columns()), *extra])
        writer.writeheader()
        writer.writerows(rows)
    with path.open("ab") as stream:
        stream.writelines(lines)
    return path


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """The options of a check of files with a marker in every field and with every kind of error."""
    folder = tmp_path_factory.mktemp("planted")
    good = {**marked(Customer), "served_by": "p", "ip_addresses": "203.0.113.137@1987-06-07T08:09:10Z"}
    errors = [*spoilt(Customer), ("ip_addresses", "203.0.113.137:31337"), ("ip_addresses", "203.0.113.137@canary")]
    errors += [("served_by", "canary-provider"), ("served_by", ""), ("account_id", "")]
    rows = [{**good, "account_id": f"a-{place}"} for place in range(ROWS // 2)]
    for place in range(ROWS // 2 - 100):
        name, value = errors[place % len(errors)]
        rows.append({**good, "account_id": f"b-{place}", name: value})
    rows += [{**good, "account_id": f"twice-{place % 50}"} for place in range(95)]
    width = len(good) - 1
    customers = written(
        folder / "canary-customers.csv",
        Customer,
        rows,
        b"ragged,canary\n",
        b'"bad" canary' + b",canary" * width + b"\n",
        b"control" + b",canary\x07" * width + b"\n",
        b"latin" + b",canary\xe9" * width + b"\n",
        b"long" + b"canary" * 200_000 + b"," * width + b"\n",
    )
    owner = {**marked(BeneficialOwner), "kind": "individual"}
    owners = [{**owner, "account_id": f"a-{place}", "owner_id": "o", name: value}
              for place, (name, value) in enumerate(spoilt(BeneficialOwner))]  # fmt: skip
    owners += [
        {**owner, "account_id": account, "owner_id": "o"} for account in ("a-99", "a-99", "gone", "b-0", "a-100")
    ]
    owners += [{**owner, "account_id": "a-101", "owner_id": "o", "share": "133.777"}]
    transaction = {**marked(TrainingTransaction), "account_id": "a-1"}
    training = [{**transaction, "transaction_id": f"t{place}", name: value}
                for place, (name, value) in enumerate(spoilt(TrainingTransaction))]  # fmt: skip
    training += [{**transaction, "transaction_id": name} for name in ("ok", "same", "same", "")]
    training += [{**transaction, "transaction_id": "lost", "account_id": "gone"}]
    stake = {**marked(Stake), "account_id": "a-2", "holder": "h", "held": "a-2", "holder_kind": "individual"}
    stakes = [{**stake, name: value} for name, value in (*spoilt(Stake), ("holder", ""), ("account_id", "gone"))]
    accesses = "account_id,ip,at,action\na-0,203.0.113.137,1987-06-07T08:09:10Z,access\n"
    accesses += (
        "a-1,203.0.113.137:31337,,\na-1,203.0.113.137,canary,\na-1,203.0.113.137,,canary\ngone,203.0.113.137,,\n"
    )
    (folder / "accesses.csv").write_text(accesses, encoding="utf-8")
    (folder / "providers.toml").write_text(
        '[[providers]]\nid = "p"\nname = "canary"\norganized_in = "US"\noffers_iaas = true\nproduct_us_owned = true\n'
        '[[providers]]\nid = "q"\nname = "canary"\n',
        encoding="utf-8",
    )
    options = ["check", customers, "--providers", folder / "providers.toml", "--accesses", folder / "accesses.csv"]
    for role, record, rows_of in (
        ("owners", BeneficialOwner, owners),
        ("training", TrainingTransaction, training),
        ("stakes", Stake, stakes),
    ):
        options += [f"--{role}", written(folder / f"{role}.csv", record, rows_of)]
    return [*options, *AS_OF, "--red-flags", "--compare", "all"]


@pytest.fixture(scope="module")
def done(planted, tmp_path_factory):
    """The run of them, and what its process told."""
    out = tmp_path_factory.mktemp("out") / "run"
    return out, ended(*planted, "-o", out)


def quarantine(out):
    csv.field_size_limit(1 << 24)
    with (out / "quarantine.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def without_names(text):
    """Without the name of the file, which anybody may give, and digests, in which chance may put a marker."""
    return DIGEST.sub("", text).replace("canary-customers.csv", "")


def test_t8_every_kind_of_error_is_met(done):
    out, process = done

    assert process.returncode == 1, process.stderr
    found = quarantine(out)
    assert {row["code"] for row in found} == CODES
    assert len(found) > ROWS * 0.45


def test_t8_nothing_is_told_at_the_highest_verbosity(done):
    _, process = done

    assert process.stdout == b""
    assert MARKERS.findall(without_names(process.stderr.decode())) == []


def test_t8_only_quarantine_and_records_hold_what_customers_gave(done):
    out, _ = done
    found = {
        path.relative_to(out).parts[0]
        for path in out.rglob("*")
        if path.is_file() and MARKERS.search(without_names(path.read_bytes().decode(errors="replace")))
    }

    assert found == {"quarantine.csv", "records"}


def test_t8_in_quarantine_only_the_raw_row_does(done):
    out, _ = done

    for row in quarantine(out):
        told = " ".join(str(value) for name, value in row.items() if name != "raw")
        assert MARKERS.findall(without_names(told)) == []


@pytest.mark.parametrize("options", [("--memory", "1KB"), ("--memory", "20MB", "--threads", "1")], ids=" ".join)
def test_t8_an_engine_that_fails_tells_nothing(planted, tmp_path, options):
    process = ended(*planted, *options, "-o", tmp_path / "run")

    assert process.stdout == b""
    assert b"Traceback" not in process.stderr
    assert MARKERS.findall(without_names(process.stderr.decode())) == []
    assert process.returncode in {1, 4, 5}
