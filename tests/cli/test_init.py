"""The files to fill in: every column, nothing replaced, read by every part of kycrule."""

import csv
import re
import stat
import tomllib
from pathlib import Path

import pytest

from kycrule import dictionary
from kycrule.config import load_setting, read_setting
from kycrule.intake.columns import TABLES, columns_of

FILES = [*(f"{table}.csv" for table in TABLES), "data-dictionary.md", "providers.toml"]


@pytest.fixture
def made(cli):
    """The files that ``kycrule init`` wrote, and what it said."""
    ended = cli("init", "ours")
    assert (ended.code, ended.out) == (0, "")
    return ended


class TestInit:
    def test_writes_every_table_with_every_column_and_no_row(self, made):  # noqa: ARG002 - it is there
        for table in TABLES:
            with Path("ours", f"{table}.csv").open(encoding="utf-8", newline="") as stream:
                [titles] = csv.reader(stream)
            assert titles == [column.name for column in columns_of(table)]

    def test_writes_private_files_and_no_others(self, made):  # noqa: ARG002
        assert sorted(path.name for path in Path("ours").iterdir()) == sorted(FILES)
        assert {stat.S_IMODE(path.stat().st_mode) for path in Path("ours").iterdir()} == {0o600}
        assert stat.S_IMODE(Path("ours").stat().st_mode) == 0o700

    def test_says_the_command_that_checks_them_and_it_passes(self, cli, made, monkeypatch):
        [command] = re.findall(r"cd ours && kycrule (check .*)$", made.err, re.MULTILINE)
        monkeypatch.chdir("ours")
        ended = cli(*command.split())

        assert ended.code == 0, ended.err
        assert ended.err.startswith("0 rows: 0 determined, 0 in quarantine")
        assert "ignored columns" not in ended.err

    def test_writes_here_where_no_folder_is_named(self, cli):
        assert cli("init", "-q").err == ""
        assert Path("customers.csv").exists()

    @pytest.mark.parametrize("name", FILES)
    def test_replaces_nothing_and_then_writes_nothing(self, cli, tmp_path, name):
        (tmp_path / name).write_text("ours", encoding="utf-8")
        ended = cli("init")

        assert ended.code == 4
        assert ended.err.startswith(f"kycrule: {name} is in that folder already; nothing was written.")
        assert [(path.name, path.read_text("utf-8")) for path in tmp_path.iterdir()] == [(name, "ours")]

    def test_takes_no_link_that_leads_nowhere_for_a_free_name(self, cli, tmp_path):
        (tmp_path / "owners.csv").symlink_to(tmp_path / "elsewhere.csv")

        assert cli("init").code == 4
        assert not (tmp_path / "elsewhere.csv").exists()

    def test_a_folder_that_cannot_be_made_is_told(self, cli, customers):
        ended = cli("init", f"{customers}/inner")

        assert ended.code == 4
        assert "cannot be made" in ended.err


class TestProvidersFile:
    def test_is_a_provider_of_whom_nothing_is_known(self, made):  # noqa: ARG002
        setting = load_setting(Path("ours/providers.toml"))

        assert [provider.model_dump(exclude_none=True) for provider in setting.providers] == [{"id": "provider"}]
        assert (setting.resellers, setting.special_measures) == ((), ())

    def test_is_read_with_every_line_filled_in_as_it_shows(self):
        filled = re.sub(r"^# (\[\[|\w+ = )", r"\1", dictionary.providers_file(), flags=re.MULTILINE)
        # A measure is against one of the two.
        filled = re.sub(r"^person = .*$", "", filled, flags=re.MULTILINE)
        setting = read_setting(tomllib.loads(filled), "providers.toml")
        [measure] = setting.special_measures

        for record in (*setting.providers, *setting.resellers):
            assert [name for name, value in record if value is None] == []
        assert measure.jurisdiction == "US"

    def test_says_what_every_key_means(self):
        lines = re.findall(r"^(?:# )?(\w+) = \S.*  # \S.+$", dictionary.providers_file(), re.MULTILINE)

        assert lines == [column.name for what in dictionary.LISTED for column in dictionary.columns(what)]


class TestDictionary:
    def test_explains_every_column_and_every_form(self):
        text = dictionary.dictionary()

        for what in dictionary.TITLES:
            part = text.partition(f"## {dictionary.TITLES[what]}\n")[2].partition("\n## ")[0]
            rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (\S.*) \|$", part, re.MULTILINE)
            assert [name for name, _, _ in rows] == [column.name for column in dictionary.columns(what)]
            for column, (_, form, _) in zip(dictionary.columns(what), rows, strict=True):
                if column.form.choices:
                    assert re.findall(r"`(\w+)`", form) == list(column.form.choices)
                else:
                    assert re.search(rf"^\| {column.form.name} \| .*{column.form.longest:,}", text, re.MULTILINE)
