"""Countries of addresses: from a user's own database or the carried registry data, and never a guess."""

import hashlib
import json
import sys
from datetime import UTC, datetime

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from kycrule.errors import DefinitionError, InputError
from kycrule.geo import open_source


def database(path, records, version=6):
    """Write an MMDB file in which each network has a record."""
    writer = MMDBWriter(version, "Test-Country", ipv4_compatible=version == 6)
    for network, record in records.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path))
    return path


def countries(path, *addresses):
    source = open_source(str(path))
    try:
        return source.countries(addresses)
    finally:
        source.close()


class TestADatabase:
    def test_gives_the_country_of_each_address_and_none_where_it_has_none(self, tmp_path):
        path = database(
            tmp_path / "g.mmdb",
            {"1.2.0.0/16": {"country": {"iso_code": "DE"}}, "2001:db8::/32": {"country": {"iso_code": "FR"}}},
        )

        assert countries(path, "1.2.3.4", "1.3.0.1", "2001:db8::1", "1.2.3.5") == ["DE", None, "FR", "DE"]

    @pytest.mark.parametrize(
        ("record", "country"),
        [
            ({"country": {"iso_code": "us"}}, "US"),
            ({"country": "GB"}, "GB"),
            ({"country": "United Kingdom", "country_code": "GB"}, "GB"),
            ({"country_code": "NA"}, "NA"),
            ({"country": {"iso_code": "EU"}}, None),
            ({"country": {"iso_code": ["DE"]}}, None),
            ({"country": {}}, None),
            ({"registered_country": {"iso_code": "DE"}}, None),
            ({"country": 7}, None),
        ],
    )
    def test_is_read_as_its_publisher_writes_it(self, tmp_path, record, country):
        assert countries(database(tmp_path / "g.mmdb", {"1.2.0.0/16": record}), "1.2.3.4") == [country]

    def test_of_ipv4_alone_knows_no_other_address(self, tmp_path):
        path = database(tmp_path / "g.mmdb", {"1.2.0.0/16": {"country": {"iso_code": "DE"}}}, version=4)

        assert countries(path, "2001:db8::1", "1.2.3.4") == [None, "DE"]

    def test_is_known_by_its_digest_and_its_date(self, tmp_path):
        path = database(tmp_path / "g.mmdb", {"1.2.0.0/16": {"country": {"iso_code": "DE"}}})
        source = open_source(str(path))
        described = source.described()
        source.close()

        assert described["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert described["built"] == datetime.now(UTC).date().isoformat()
        assert (described["source"], described["name"], described["type"]) == ("mmdb", "g.mmdb", "Test-Country")
        assert json.dumps(described)

    @pytest.mark.parametrize("content", [b"", b"not a database", b"\xab\xcd\xefMaxMind.com"])
    def test_that_is_none_is_refused(self, tmp_path, content):
        (tmp_path / "g.mmdb").write_bytes(content)
        with pytest.raises(InputError, match=r"g\.mmdb"):
            open_source(str(tmp_path / "g.mmdb"))

    def test_that_is_not_there_is_refused(self, tmp_path):
        with pytest.raises(InputError, match=r"absent\.mmdb cannot be read"):
            open_source(str(tmp_path / "absent.mmdb"))


class TestTheCarriedData:
    def test_gives_countries_and_its_version(self):
        source = open_source("iptocc")

        assert source.countries(["8.8.8.8", "10.0.0.1", "2001:4860::8888"]) == ["US", None, "US"]
        assert source.described()["source"] == "iptocc"
        assert source.described()["version"]


@pytest.mark.parametrize(("library", "named"), [("maxminddb", "g.mmdb"), ("iptocc", "iptocc")])
def test_the_extra_is_named_where_it_is_missing(monkeypatch, library, named):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(DefinitionError, match=r'pip install "kycrule\[geo\]"'):
        open_source(named)
