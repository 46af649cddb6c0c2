"""The command that invents accounts."""

import re


def test_writes_a_sample_and_says_the_command_that_checks_it(cli):
    ended = cli("sample", "50", "-o", "data")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.startswith("Wrote customers.csv (50 rows), owners.csv (")
    [command] = re.findall(r"kycrule (check .*)$", ended.err, re.MULTILINE)
    checked = cli(*command.split())

    assert checked.code == 0, checked.err
    assert checked.err.startswith("50 rows: 50 determined, 0 in quarantine")


def test_dirty_rows_end_a_check_with_1(cli):
    assert cli("sample", "200", "-o", "data", "--dirty", "0.2", "--format", "parquet", "-q").err == ""

    assert cli("check", "data/customers.parquet", "--providers", "data/providers.toml", "-o", "run").code == 1


def test_replaces_nothing_unless_forced(cli):
    assert cli("sample", "5", "-q").code == 0
    assert cli("sample", "5", "-q").code == 4
    assert cli("sample", "5", "-q", "--force").code == 0


def test_numbers_that_are_none_end_with_2(cli):
    assert cli("sample", "0").code == 2
    assert cli("sample", "many").code == 2
    assert cli("sample", "5", "--dirty", "2").code == 2
