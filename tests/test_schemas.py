"""Schemas: of every input file, as its reader has it, and of every output, as a run writes it."""

import csv
import json
import re
from datetime import date
from pathlib import Path

import jsonschema
import pytest

import kycrule
from kycrule import schemas
from kycrule.cli import run
from kycrule.documents import DOCUMENTS
from kycrule.intake.columns import TABLES, columns_of

EXAMPLES = Path(__file__).parents[1] / "examples"
TABLES_GIVEN = {name: EXAMPLES / f"{name}.csv" for name in TABLES}
BOOLEAN = {"trueValues", "falseValues"}


def validator(name):
    schema = schemas.schema(name)
    assert schema["$id"] == f"urn:kycrule:schema:{name}"
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def checked(out, **options):
    providers = EXAMPLES / "providers.toml"
    return kycrule.check(
        **TABLES_GIVEN, providers=providers, as_of=date(2024, 6, 1), compare=["all"], red_flags=True, out=out, **options
    ).out


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run of the examples, and one of rows of which some are wrong, with a list to screen against."""
    folder = tmp_path_factory.mktemp("runs")
    spoilt = folder / "customers.csv"
    rows = "A1,entity,US,Orchid\nA2,firm,,\nA3,entity\nA4,individual,XX,\nA5,entity,KP,Acme Trading\n"
    spoilt.write_text(f"account_id,kind,country,name\n{rows}", encoding="utf-8")
    (folder / "measures.toml").write_text(
        '[[special_measures]]\nperson = "Acme Trading"\neffect = "prohibit"\nissued_on = 2023-10-01\n', encoding="utf-8"
    )
    other = kycrule.check(
        spoilt, special_measures=folder / "measures.toml", as_of=date(2024, 6, 1), out=folder / "spoilt"
    )
    return checked(folder / "examples"), other.out


class TestOutputs:
    """JSON Schema 2020-12."""

    @pytest.mark.parametrize("name", DOCUMENTS)
    def test_are_closed(self, name):
        assert validator(name).schema["additionalProperties"] is False

    @pytest.mark.parametrize("name", ["summary.json", "manifest.json"])
    def test_admit_what_a_run_tells(self, made, name):
        for folder in made:
            validator(name).validate(json.loads((folder / name).read_text("utf-8")))

    @pytest.mark.parametrize("name", [name for name in DOCUMENTS if name.endswith(".csv")])
    def test_admit_every_row_that_a_run_writes(self, made, name):
        row_of = validator(name)
        for folder in made:
            if (folder / name).exists():
                with (folder / name).open(encoding="utf-8", newline="") as stream:
                    rows = csv.DictReader(stream)
                    assert list(row_of.schema["properties"]) == rows.fieldnames
                    for row in rows:
                        row_of.validate(row)

    def test_of_every_file_of_a_run_there_is_one(self, made):
        written = {path.name for folder in made for path in folder.iterdir() if path.suffix in {".csv", ".json"}}
        assert written == {name for name in DOCUMENTS if "." in name}

    def test_refuse_what_a_run_does_not_tell(self, made):
        told = json.loads((made[0] / "summary.json").read_text("utf-8"))
        assert not validator("summary.json").is_valid({**told, "rows": -1})
        assert not validator("summary.json").is_valid({**told, "more": 1})

    def test_admit_answers_in_code(self):
        provider = kycrule.Provider.read({"id": "p", "organized_in": "US", "offers_iaas": True})
        customer = kycrule.Customer.read({"account_id": "a", "kind": "entity"})
        account = kycrule.determine(customer, provider=provider, as_of=date(2024, 6, 1))
        serving = kycrule.determine_provider(provider, as_of=date(2024, 6, 1))
        validator("determination").validate(json.loads(account.to_json()))
        validator("provider-determination").validate(json.loads(serving.to_json()))

    def test_admit_the_difference_of_two_runs(self, made, tmp_path, capsys):
        later = kycrule.check(
            **TABLES_GIVEN, providers=EXAMPLES / "providers.toml", as_of=date(2024, 7, 1), out=tmp_path / "later"
        )
        capsys.readouterr()
        run(["diff", str(made[0]), str(later.out), "--format", "json"])
        told = json.loads(capsys.readouterr().out)
        assert told["changed"] > 0
        validator("diff").validate(told)


class TestInputs:
    """Table Schema."""

    @pytest.mark.parametrize("table", TABLES)
    def test_have_the_columns_of_the_file(self, table):
        fields = schemas.schema(f"{table}.csv")["fields"]
        assert [field["name"] for field in fields] == [column.name for column in columns_of(table)]
        assert all(field["description"] for field in fields)

    @pytest.mark.parametrize("table", TABLES)
    def test_admit_every_cell_of_the_examples(self, table):
        fields = {field["name"]: field for field in schemas.schema(f"{table}.csv")["fields"]}
        with TABLES_GIVEN[table].open(encoding="utf-8", newline="") as stream:
            wrong = [
                (name, place)
                for place, row in enumerate(csv.DictReader(stream))
                for name, cell in row.items()
                if not admits(fields[name], cell)
            ]
        assert wrong == []

    @pytest.mark.parametrize(
        ("table", "column", "cell"),
        [
            ("customers", "country", "Germany"),
            ("customers", "citizenships", "DE;Fr-nce"),
            ("customers", "kind", "firm"),
            ("customers", "account_id", ""),
            ("owners", "share", "101"),
            ("owners", "substantial_control", "perhaps"),
            ("accesses", "at", "2024-06-01 10:00"),
        ],
    )
    def test_refuse_what_a_run_would_quarantine(self, table, column, cell):
        [field] = [field for field in schemas.schema(f"{table}.csv")["fields"] if field["name"] == column]
        assert not admits(field, cell)

    def test_every_row_belongs_to_a_customer(self):
        assert schemas.schema("customers.csv")["primaryKey"] == ["account_id"]
        for table in TABLES.keys() - {"customers"}:
            [key] = schemas.schema(f"{table}.csv")["foreignKeys"]
            assert key["reference"] == {"resource": "customers", "fields": ["account_id"]}


def admits(field, cell):
    """Whether a cell is what a field of a Table Schema says."""
    rules = field["constraints"]
    if cell == "":
        return not rules.get("required", False)
    match field["type"]:
        case "boolean":
            return cell in {*field["trueValues"], *field["falseValues"]}
        case "date":
            return rules["minimum"] <= date.fromisoformat(cell).isoformat() <= rules["maximum"]
        case "number":
            return rules["minimum"] <= float(cell) <= rules.get("maximum", float("inf"))
    allowed = rules.get("enum")
    return (
        (allowed is None or cell in allowed)
        and len(cell) <= rules.get("maxLength", len(cell))
        and (re.fullmatch(rules.get("pattern", ".*"), cell, re.DOTALL) is not None)
    )


def test_a_mistyped_name_is_told_the_nearest():
    with pytest.raises(kycrule.DefinitionError, match=r"Did you mean findings\.csv\?"):
        schemas.schema("finding.csv")
