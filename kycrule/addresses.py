"""IP addresses: read strictly, and classified by the IANA special-purpose registries.

The registries are carried as dated data, because what an interpreter's own library calls global
changes between its releases. § 7.302(d)(1)(iii)(F) asks for the addresses from which an Account is
used; an address that is not globally reachable cannot be one of those as the provider sees it.
"""

from __future__ import annotations

import csv
import ipaddress
import re
import socket
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Final, NoReturn

from kycrule.errors import AddressError

REGISTRY_DATE: Final = date(2026, 7, 18)
"""As of when the two IANA registries stand in ``kycrule/data``."""

LONGEST: Final = 45
"""Most characters of an address: IPv6 with an embedded IPv4 address."""

_OCTET: Final = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4: Final = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
_IPV6: Final = re.compile(rf"[0-9A-Fa-f:]+(?:(?<=:){_OCTET}(?:\.{_OCTET}){{3}})?")
_MAPPED: Final = bytes(10) + b"\xff\xff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block of addresses with one purpose.

    Attributes:
        name: what the registry calls it.
        source: the document that says so.
        globally_reachable: whether the registry says that its addresses are.
        registered: whether a registry lists it; a block outside is ordinary, multicast or unallocated.
    """

    name: str
    source: str
    globally_reachable: bool
    registered: bool = True


def parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address that a text stands for; an IPv4-mapped one is given as IPv4.

    Args:
        text: an address alone, without port, prefix, brackets, zone, spaces or leading zeros.

    Raises:
        AddressError: it is not one; ``code`` is ``leading-zero``, ``zone-id``, ``port``, ``prefix``,
            ``brackets`` or ``not-an-address``.

    >>> parse("::ffff:192.0.2.1")
    IPv4Address('192.0.2.1')
    """
    packed = _packed(text)
    return ipaddress.IPv4Address(packed) if len(packed) == 4 else ipaddress.IPv6Address(packed)  # noqa: PLR2004


def canonical(text: str) -> str:
    """The one way to write an address: RFC 5952 for IPv6, dotted decimal for IPv4 and IPv4-mapped.

    Raises:
        AddressError: the text is not an address.

    >>> canonical("2001:DB8:0:0:0:0:0:1")
    '2001:db8::1'
    """
    return text if _IPV4.fullmatch(text) else str(parse(text))


def classify(text: str) -> Block:
    """The block in which an address lies: of the IANA registries, else ordinary, multicast or unallocated.

    The longest prefix that matches decides.

    Raises:
        AddressError: the text is not an address.

    >>> classify("10.1.2.3").name
    'Private-Use'
    """
    packed = _packed(text)
    starts, blocks = _blocks(len(packed))
    return blocks[bisect_right(starts, packed) - 1]


def is_globally_reachable(text: str) -> bool:
    """Whether packets to an address are forwarded everywhere.

    Inside a block of the registries: only where the registry says so. 6to4 and Teredo addresses, of
    which the registries do not say it, are as reachable as the IPv4 address of the client in them.
    Outside: yes, but for multicast and for IPv6 that is not global unicast.

    Raises:
        AddressError: the text is not an address.

    >>> is_globally_reachable("8.8.8.8"), is_globally_reachable("100.64.0.1")
    (True, False)
    """
    packed = _packed(text)
    starts, blocks = _blocks(len(packed))
    block = blocks[bisect_right(starts, packed) - 1]
    if block is _SIX_TO_FOUR:
        return _reachable4(packed[2:6])
    if block is _TEREDO:
        return _reachable4(bytes(0xFF ^ byte for byte in packed[12:]))
    return block.globally_reachable


def _reachable4(packed: bytes) -> bool:
    starts, blocks = _blocks(len(packed))
    return blocks[bisect_right(starts, packed) - 1].globally_reachable


def plainly_reachable() -> str:
    """A pattern for most of the IPv4 addresses that are globally reachable, and for no others.

    Those whose first number no block of the registry has, written in full; the pattern is for whole texts,
    and for Python's ``re`` and RE2 alike.
    """
    starts, blocks = _blocks(4)
    ends = [*starts[1:], b"\xff\xff\xff\xff"]
    special = {
        number
        for start, end, block in zip(starts, ends, blocks, strict=True)
        if block is not _ORDINARY
        for number in range(start[0], end[0] + (end[1:] != bytes(3)))
    }
    first = "|".join(str(number) for number in range(256) if number not in special)
    return rf"(?:{first})(?:\.{_OCTET}){{3}}"


# Reading ------------------------------------------------------------------------------------------


def _packed(text: str) -> bytes:
    """The four or sixteen bytes of an address."""
    if _IPV4.fullmatch(text):
        return socket.inet_aton(text)
    # inet_pton differs between C libraries on odd texts: the pattern lets only plain ones reach it.
    if ":" in text and len(text) <= LONGEST and _IPV6.fullmatch(text):
        try:
            packed = socket.inet_pton(socket.AF_INET6, text)
        except OSError:
            return _refuse(text)
        return packed[12:] if packed.startswith(_MAPPED) else packed
    return _refuse(text)


_FAULTS: Final = (
    ("brackets", re.compile(r"\[.*\].*", re.DOTALL), "It stands in brackets."),
    ("zone-id", re.compile(r"[0-9A-Fa-f:.]+%.*", re.DOTALL), "It has a zone identifier."),
    ("prefix", re.compile(r"[0-9A-Fa-f:.]+/.*", re.DOTALL), "It is a network with a prefix length."),
    ("port", re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}:[0-9]*"), "It has a port."),
    (
        "leading-zero",
        re.compile(r"(?:[0-9A-Fa-f:]*:)?(?=(?:[0-9]+\.)*0[0-9])[0-9]+(?:\.[0-9]+){3}"),
        "It has a leading zero.",
    ),
)


def _refuse(text: str) -> NoReturn:
    if len(text) <= 2 * LONGEST:
        for code, pattern, told in _FAULTS:
            if pattern.fullmatch(text):
                message = f"Not a plain IP address. {told} Write the address alone."
                raise AddressError(message, code)
    message = "Not an IP address. Write IPv4 in dotted decimal or IPv6 in hexadecimal groups."
    raise AddressError(message, "not-an-address")


# The registries -----------------------------------------------------------------------------------

_SIX_TO_FOUR: Final = Block(name="6to4", source="[RFC3056]", globally_reachable=False)
_TEREDO: Final = Block(name="TEREDO", source="[RFC4380] [RFC8190]", globally_reachable=False)
_ORDINARY: Final = Block(name="Global Unicast", source="[RFC4291]", globally_reachable=True, registered=False)
_UNALLOCATED: Final = Block(name="Unallocated", source="[RFC4291]", globally_reachable=False, registered=False)
_MULTICAST: Final = Block(name="Multicast", source="[RFC5771] [RFC4291]", globally_reachable=False, registered=False)

_FRAMES: Final = {
    4: (("0.0.0.0/0", _ORDINARY), ("224.0.0.0/4", _MULTICAST)),
    16: (("::/0", _UNALLOCATED), ("2000::/3", _ORDINARY), ("ff00::/8", _MULTICAST)),
}
_FILES: Final = {4: "iana-ipv4-special-registry-1.csv", 16: "iana-ipv6-special-registry-1.csv"}


@cache
def _blocks(size: int) -> tuple[list[bytes], list[Block]]:
    """Where each stretch of addresses begins, and its block: disjoint, in order, without gaps."""
    rows = [(ipaddress.ip_network(prefix), block) for prefix, block in (*_FRAMES[size], *_registry(_FILES[size]))]
    edges = {int(network.network_address) for network, _ in rows}
    edges |= {int(network.broadcast_address) + 1 for network, _ in rows} - {1 << 8 * size}
    starts = sorted(edges)
    blocks = [
        max(
            (network.prefixlen, place, block)
            for place, (network, block) in enumerate(rows)
            if int(network.network_address) <= start <= int(network.broadcast_address)
        )[2]
        for start in starts
    ]
    return [start.to_bytes(size, "big") for start in starts], blocks


def _registry(name: str) -> Iterator[tuple[str, Block]]:
    known = {block.name: block for block in (_SIX_TO_FOUR, _TEREDO)}
    text = resources.files("kycrule").joinpath("data", name).read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines(keepends=True)):
        title = row["Name"].strip('"')
        block = known.get(title) or Block(
            name=title,
            source=" ".join(row["RFC"].split()),
            # A footnote may follow the word; a block that was given back says nothing.
            globally_reachable=row["Globally Reachable"].split()[:1] == ["True"],
        )
        for prefix in row["Address Block"].split(","):
            yield prefix.split()[0], block
