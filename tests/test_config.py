"""Providers as a TOML file: read whole or refused, without showing what stands in it."""

from datetime import date
from pathlib import Path

import pytest

from kycrule.config import load_setting
from kycrule.errors import DefinitionError, InputError

EXAMPLE = Path(__file__).parents[1] / "examples/providers.toml"


@pytest.fixture
def toml(tmp_path):
    def write(text):
        path = tmp_path / "providers.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_every_field_is_read(toml):
    path = toml(
        """
        [[providers]]
        id = "p"
        name = "Northwind Cloud, Inc."
        organized_in = "usa"
        us_owned = true
        product_us_owned = "no"
        established_on = 2023-03-01
        previous_certification_on = "2024-03-01"

        [[providers]]
        id = "q"
        """
    )

    first, second = load_setting(path).providers

    assert (first.id, first.organized_in, first.us_owned, first.product_us_owned) == ("p", "US", True, False)
    assert (first.established_on, first.previous_certification_on) == (date(2023, 3, 1), date(2024, 3, 1))
    assert (second.id, second.us_owned) == ("q", None)


def test_the_example_is_read():
    identities = [provider.id for provider in load_setting(EXAMPLE).providers]

    assert {"northwind", "northwind-ie", "frankenhost"} <= set(identities)
    assert len(identities) == len(set(identities))


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "\n\n", "providers = []\n"], ids=repr)
def test_a_file_without_providers_lists_none(toml, text):
    assert load_setting(toml(text)).providers == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[provider]\nid = "canary"\n', "provider"),
        ('title = "canary"\n[[providers]]\nid = "p"\n', "title"),
        ('[[providers]]\nid = "p"\n[[customers]]\nid = "canary"\n', "customers"),
        ('[[providers]]\nid = "p"\nshoe_size = "canary"\n', "shoe_size"),
        ('[[providers]]\nid = "p"\norganized_in = "Canaryland"\n', "organized_in: K912"),
        ('[[providers]]\nid = "p"\nus_owned = "canary"\n', "us_owned: K916"),
        ('[[providers]]\nid = "p"\nestablished_on = "canary"\n', "established_on: K910"),
        ('[[providers]]\nid = "p"\nestablished_on = 2024-01-01T00:00:00Z\n', "established_on: K910"),
        ('[[providers]]\nid = ["canary"]\n', "id"),
        ('[[providers]]\nname = "canary"\n', "id"),
        ('[[providers]]\nid = ""\nname = "canary"\n', "id"),
        ('[[providers]]\nid = "canary"\n[[providers]]\nid = "canary"\n', "twice"),
        ('[[providers]]\nid = "canary"\n[[providers]]\nid = " canary "\n', "twice"),
        ('providers = "canary"\n', "providers"),
        ("providers = 5\n", "providers"),
        ('providers = ["canary"]\n', ""),
        ('[providers]\nid = "canary"\n', ""),
        ("[[providers]]\nid = canary\n", "not valid TOML"),
        ('[[providers]]\nid = "canary"\nid = "canary"\n', "not valid TOML"),
        (b'[[providers]]\nid = "canary\xff"\n', "not in UTF-8 (line 2)"),
        (b'[[providers]]\nid = "canary\x00"\n', "not valid TOML"),
        ("a = " + "[" * 100_000 + "]" * 100_000, "nests its values too deeply"),
    ],
    ids=lambda given: repr(given)[:60],
)
def test_anything_else_is_refused_without_its_values(toml, text, told):
    with pytest.raises(DefinitionError) as caught:
        load_setting(toml(text))

    message = str(caught.value)
    assert message.startswith("providers.toml")
    assert told in message
    assert "canary" not in message.lower().replace("canaryland", "canary")
    assert caught.value.__cause__ is None


def test_all_faults_of_a_provider_are_told_at_once(toml):
    with pytest.raises(DefinitionError) as caught:
        load_setting(toml('[[providers]]\nid = "p"\nus_owned = 5\norganized_in = "XX"\nshoe_size = 46\n'))

    assert all(name in str(caught.value) for name in ("us_owned: K916", "organized_in: K912", "shoe_size"))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"^absent\.toml cannot be read: No such file or directory\.$"):
        load_setting(tmp_path / "absent.toml")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        load_setting(tmp_path)
