"""IP addresses: what is one, how it is written, and what the dated IANA registries say of it."""

# ruff: noqa: RUF001 - letters and digits that look like others are what is tested

import csv
import ipaddress
import json
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kycrule.addresses import LONGEST, canonical, classify, is_globally_reachable, parse
from kycrule.errors import AddressError, RecordError

FORMATS = Path(__file__).parent / "data/json-schema-formats/tests/draft2020-12/optional/format"
# Not an address of the family that the vectors are about, but one of the other.
OF_THE_OTHER_FAMILY = {"ipv4.json": {"::ffff:192.168.0.1"}, "ipv6.json": {"127.0.0.1"}}


def vectors():
    for name, others in OF_THE_OTHER_FAMILY.items():
        for group in json.loads((FORMATS / name).read_text(encoding="utf-8")):
            for vector in group["tests"]:
                if isinstance(vector["data"], str):
                    yield vector["data"], vector["valid"] or vector["data"] in others


class TestJsonSchemaVectors:
    @pytest.mark.parametrize("text", [text for text, valid in vectors() if valid])
    def test_a_valid_one_is_read(self, text):
        expected = ipaddress.ip_address(text)

        assert parse(text) == (getattr(expected, "ipv4_mapped", None) or expected)

    @pytest.mark.parametrize("text", [text for text, valid in vectors() if not valid])
    def test_t28_an_invalid_one_is_refused(self, text):
        with pytest.raises(AddressError):
            parse(text)

    def test_there_are_vectors_of_both_kinds(self):
        verdicts = [valid for _, valid in vectors()]

        assert (verdicts.count(True), verdicts.count(False)) == (18, 53)


REFUSED = [
    ("192.0.2.01", "leading-zero"),
    ("010.0.0.1", "leading-zero"),
    ("10.0.0.00", "leading-zero"),
    ("0177.0.0.1", "leading-zero"),
    ("::ffff:192.168.0.01", "leading-zero"),
    ("fe80::1%eth0", "zone-id"),
    ("fe80::1%25eth0", "zone-id"),
    ("fe80::1%", "zone-id"),
    ("10.0.0.1%1", "zone-id"),
    ("10.0.0.1:80", "port"),
    ("10.0.0.1:", "port"),
    ("10.0.0.1:65535", "port"),
    ("10.0.0.0/8", "prefix"),
    ("2001:db8::/32", "prefix"),
    ("10.0.0.1/255.0.0.0", "prefix"),
    ("[::1]", "brackets"),
    ("[::1]:443", "brackets"),
    ("[10.0.0.1]", "brackets"),
    ("", "not-an-address"),
    (" ", "not-an-address"),
    ("0x7f.0.0.1", "not-an-address"),
    ("0x7f000001", "not-an-address"),
    ("2130706433", "not-an-address"),
    ("0", "not-an-address"),
    ("127.1", "not-an-address"),
    ("127.0.1", "not-an-address"),
    ("256.0.0.1", "not-an-address"),
    ("1.2.3.4.5", "not-an-address"),
    ("1.2.3.-4", "not-an-address"),
    ("1.2.3.4\n", "not-an-address"),
    ("\n1.2.3.4", "not-an-address"),
    ("::1\n", "not-an-address"),
    ("::1\r", "not-an-address"),
    (" ::1", "not-an-address"),
    ("::1 ", "not-an-address"),
    ("1.2.3.4 ", "not-an-address"),
    ("1.2.3.4\x00", "not-an-address"),
    ("::1\x00", "not-an-address"),
    ("١٩٢.٠.٢.١", "not-an-address"),
    ("１９２.0.2.1", "not-an-address"),
    ("192。0。2。1", "not-an-address"),
    ("２００１:db8::1", "not-an-address"),
    ("2001:db8::l", "not-an-address"),
    ("2001:db8::1::2", "not-an-address"),
    ("2001:0db80::1", "not-an-address"),
    ("1:2:3:4:5:6:7", "not-an-address"),
    ("1:2:3:4:5:6:7:8:9", "not-an-address"),
    ("1:2:3:4:5:6:7:8::", "not-an-address"),
    (":::", "not-an-address"),
    (":", "not-an-address"),
    ("::1.2.3.4:5", "not-an-address"),
    ("0000:0000:0000:0000:0000:ffff:192.168.100.2281", "not-an-address"),
    ("0" * (LONGEST - 2) + "::1", "not-an-address"),
    ("0" * 100_000, "not-an-address"),
    (":" * 100_000, "not-an-address"),
    ("localhost", "not-an-address"),
    ("http://10.0.0.1/", "not-an-address"),
]


class TestRefused:
    @pytest.mark.parametrize(("text", "code"), REFUSED, ids=lambda given: ascii(given)[:60])
    def test_t28_with_its_own_code(self, text, code):
        with pytest.raises(AddressError) as caught:
            parse(text)

        assert caught.value.code == code

    @pytest.mark.parametrize("ask", [parse, canonical, classify, is_globally_reachable])
    @pytest.mark.parametrize("text", [text for text, _ in REFUSED], ids=lambda given: ascii(given)[:60])
    def test_by_every_question_without_showing_the_text(self, ask, text):
        with pytest.raises(RecordError) as caught:
            ask(text)

        if len(text) > 2:
            assert text not in str(caught.value)
            assert text not in repr(caught.value)
        assert caught.value.__cause__ is None

    @given(st.text(alphabet="0123456789abcdef:./%[] \n٣", max_size=50))
    @settings(max_examples=500, derandomize=True, deadline=None)
    def test_whatever_the_library_does_not_read_either(self, text):
        try:
            expected = ipaddress.ip_address(text)
        except ValueError:
            with pytest.raises(AddressError):
                parse(text)
        else:
            if "%" not in text:
                assert parse(text) == (getattr(expected, "ipv4_mapped", None) or expected)


addresses = st.ip_addresses(v=4) | st.ip_addresses(v=6)


class TestCanonical:
    @given(addresses)
    @settings(max_examples=400, derandomize=True, deadline=None)
    def test_of_any_way_to_write_an_address_is_the_short_one(self, address):
        plain = getattr(address, "ipv4_mapped", None) or address

        assert canonical(str(address)) == str(plain)
        assert canonical(address.exploded) == str(plain)
        assert canonical(address.exploded.upper()) == str(plain)
        assert parse(str(address)) == plain

    @given(st.ip_addresses(v=4))
    @settings(max_examples=200, derandomize=True, deadline=None)
    @example(ipaddress.IPv4Address("0.0.0.0"))  # noqa: S104 - the unspecified address, not a binding
    @example(ipaddress.IPv4Address("255.255.255.255"))
    def test_of_a_mapped_address_is_the_ipv4_address(self, address):
        for text in (f"::ffff:{address}", f"::FFFF:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}"):
            assert canonical(text) == str(address)
            assert classify(text) == classify(str(address))
            assert is_globally_reachable(text) == is_globally_reachable(str(address))

    @given(st.ip_addresses(v=6))
    @settings(max_examples=200, derandomize=True, deadline=None)
    def test_reads_an_embedded_ipv4_address(self, address):
        first, last = address.exploded[:30], ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)

        assert canonical(first + str(last)) == canonical(str(address))

    def test_the_longest_way_to_write_an_address_is_read(self):
        longest = "0000:0000:0000:0000:0000:ffff:255.255.255.255"

        assert len(longest) == LONGEST
        assert canonical(longest) == "255.255.255.255"

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
            ("::", "::"),
            ("::192.0.2.1", "::c000:201"),
        ],
    )
    def test_follows_rfc_5952(self, text, expected):
        assert canonical(text) == expected


# The registries, read slowly ----------------------------------------------------------------------


def registry(version):
    """Each network of a registry with its name, and what stands under "Globally Reachable"."""
    data = resources.files("kycrule").joinpath(f"data/iana-ipv{version}-special-registry-1.csv")
    rows = list(csv.reader(data.read_text(encoding="utf-8").splitlines(keepends=True)))
    reachable = rows[0].index("Globally Reachable")
    for row in rows[1:]:
        for block in row[0].split(","):
            yield ipaddress.ip_network(block.split("[")[0].strip()), row[1].strip('"'), row[reachable]


REGISTRY = [entry for version in (4, 6) for entry in registry(version)]


def entry_of(address):
    matching = [entry for entry in REGISTRY if entry[0].version == address.version and address in entry[0]]
    return max(matching, key=lambda entry: entry[0].prefixlen, default=None)


def reachable(address):
    """What the docstrings promise, word for word and one network after the other."""
    entry = entry_of(address)
    if entry is not None and entry[1] in {"6to4", "TEREDO"}:
        return reachable(address.sixtofour or address.teredo[1])
    if entry is not None:
        return entry[2].startswith("True")
    if address.version == 6 and address not in ipaddress.ip_network("2000::/3"):
        return False
    return not address.is_multicast


def edges(network):
    first, last = int(network.network_address), int(network.broadcast_address)
    kind = type(network.network_address)
    for number in (first - 1, first, first + 1, last - 1, last, last + 1):
        if 0 <= number < 1 << network.max_prefixlen:
            yield kind(number)


EDGES = sorted({(a.version, int(a)): a for network, _, _ in REGISTRY for a in edges(network)}.items())


class TestRegistries:
    def test_t28_every_row_is_carried(self):
        counts = [sum(network.version == version for network, _, _ in REGISTRY) for version in (4, 6)]

        assert counts == [26, 25]

    @pytest.mark.parametrize("address", [address for _, address in EDGES], ids=str)
    def test_t28_the_edges_of_every_block(self, address):
        plain = getattr(address, "ipv4_mapped", None) or address
        entry = entry_of(plain)
        block = classify(str(address))

        assert is_globally_reachable(str(address)) is reachable(plain)
        assert block.registered is (entry is not None)
        if entry is not None:
            assert block.name == entry[1]

    @given(st.sampled_from(REGISTRY), st.integers(min_value=0))
    @settings(max_examples=500, derandomize=True, deadline=None)
    def test_any_address_inside_a_block(self, entry, offset):
        network = entry[0]
        address = network[offset % network.num_addresses]
        plain = getattr(address, "ipv4_mapped", None) or address

        assert is_globally_reachable(str(address)) is reachable(plain)

    @given(addresses)
    @settings(max_examples=300, derandomize=True, deadline=None)
    def test_any_address_at_all(self, address):
        plain = getattr(address, "ipv4_mapped", None) or address

        assert is_globally_reachable(str(address)) is reachable(plain)

    @given(st.ip_addresses(v=4), st.integers(0, (1 << 80) - 1))
    @settings(max_examples=200, derandomize=True, deadline=None)
    def test_6to4_and_teredo_are_as_reachable_as_their_client(self, client, rest):
        six_to_four = ipaddress.IPv6Address((0x2002 << 112) | (int(client) << 80) | rest)
        teredo = ipaddress.IPv6Address((0x20010000 << 96) | ((rest >> 16) << 32) | (int(client) ^ 0xFFFFFFFF))

        assert is_globally_reachable(str(six_to_four)) is reachable(client)
        assert is_globally_reachable(str(teredo)) is reachable(client)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("8.8.8.8", True),
            ("100.64.0.1", False),
            ("192.0.0.9", True),
            ("192.0.0.11", False),
            ("192.88.99.1", False),
            ("224.0.0.1", False),
            ("240.0.0.1", False),
            ("2606:4700::1111", True),
            ("3fff::1", False),
            ("5f00::1", False),
            ("4000::1", False),
            ("ff0e::1", False),
            ("fec0::1", False),
            ("::10.0.0.1", False),
            ("64:ff9b::8.8.8.8", True),
            ("64:ff9b:1::1", False),
            ("2002:0808:0808::1", True),
            ("2002:0a00:0001::1", False),
            ("2001:0:4136:e378:8000:63bf:f7f7:f7f7", True),
            ("2001:0:4136:e378:8000:63bf:f5ff:fffe", False),
        ],
    )
    def test_known_addresses(self, text, expected):
        assert is_globally_reachable(text) is expected

    @pytest.mark.parametrize(
        ("text", "name", "registered"),
        [
            ("10.1.2.3", "Private-Use", True),
            ("0.0.0.0", "This host on this network", True),  # noqa: S104 - an address, not a binding
            ("0.0.0.1", "This network", True),
            ("192.0.0.171", "NAT64/DNS64 Discovery", True),
            ("8.8.8.8", "Global Unicast", False),
            ("239.1.1.1", "Multicast", False),
            ("ff02::1", "Multicast", False),
            ("4000::1", "Unallocated", False),
            ("2002::1", "6to4", True),
            ("2001::1", "TEREDO", True),
        ],
    )
    def test_the_name_of_a_block(self, text, name, registered):
        block = classify(text)

        assert (block.name, block.registered) == (name, registered)
        assert block.source.startswith("[RFC")
