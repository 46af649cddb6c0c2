"""The rows of a CSV file, told apart byte by byte: which of them are well formed, and where they stand.

RFC 4180 with line ends of any kind. Nothing is skipped: every byte of a file belongs to the header,
to one record, or to a blank line. A quoted field may span lines, but a record not more than
:data:`MOST_LINES` or :data:`LONGEST`; a quote that stays open makes its first line bad, and reading
goes on with the next line, so that one stray quote costs one row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from kycrule import faults
from kycrule.faults import Fault

LONGEST: Final = 1 << 20
"""Most bytes of one record."""

MOST_LINES: Final = 100
"""Most lines that one record may span."""

_BLOCK: Final = 1 << 23
CONTROL: Final = bytes({*range(0x20), 0x7F} - {0x09, 0x0A, 0x0D})
"""The bytes that no record may hold."""

_END: Final = re.compile(rb"\r\n|[\r\n]")


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file.

    Attributes:
        record: its number, from 1, the header not counted.
        line: the physical line on which it begins, from 1.
        offset: the byte at which it begins, from 0; None in a table that has no bytes of its own.
        raw: its bytes, without the line end; of an overlong one the beginning.
        fields: its cells as they stand; as well as can be told if the row is bad.
        fault: what is wrong with it as a row, if anything.
    """

    record: int
    line: int
    offset: int | None
    raw: bytes
    fields: tuple[str, ...]
    fault: Fault | None


@dataclass(slots=True)
class Counts:
    """What a reading of a file came to, filled in as it goes.

    Attributes:
        records: how many records there are, good and bad.
        blank_lines: how many lines hold nothing.
        end: the byte after the last one that was taken.
    """

    records: int = 0
    blank_lines: int = 0
    end: int = 0


def header(path: Path, start: int, delimiter: str) -> tuple[tuple[str, ...], int, int]:
    """The cells of the first record, the byte after it, and the physical line there.

    The cells are empty if the first line is not a record.
    """
    with path.open("rb") as stream:
        row, after, lines = Reader(stream, start, delimiter, None).next(1, 1)
    return (() if row is None or row.fault is not None else row.fields), after, 1 + lines


def rows(path: Path, start: int, line: int, width: int, delimiter: str, *, counts: Counts) -> Iterator[Row]:
    """Every record of a file, the bad ones with their fault; ``counts`` is complete at the end.

    Args:
        path: the plain file.
        start: where its records begin.
        line: the physical line at that place.
        width: how many fields the header has.
        delimiter: the character between fields.
        counts: is filled in.
    """
    counts.end = start
    with path.open("rb") as stream:
        reader = Reader(stream, start, delimiter, width)
        while True:
            row, after, lines = reader.next(counts.records + 1, line)
            if not lines:
                return
            counts.end = after
            line += lines
            if row is None:
                counts.blank_lines += 1
            else:
                counts.records += 1
                yield row


class Reader:
    """Records from a stream, one at a time, with a window of bytes that holds a whole one.

    Args:
        stream: the bytes.
        offset: where the next record begins.
        delimiter: the character between fields.
        width: how many fields each has; None takes any.
    """

    def __init__(self, stream: IO[bytes], offset: int, delimiter: str, width: int | None) -> None:
        self._stream = stream
        self._offset = offset
        self._delimiter = delimiter
        self._mark = delimiter.encode()
        self._width = width
        mark = re.escape(self._mark)
        self._field = re.compile(rb'"([^"]*+(?:""[^"]*+)*+)"|((?:[^"%b\r\n][^%b\r\n]*+)?)' % (mark, mark))
        self._data = b""
        self._base = offset
        self._last = False

    def at(self, offset: int) -> Reader:
        """The same reader, before the record that begins at an offset."""
        if not self._base <= offset <= self._base + len(self._data):
            self._data, self._base, self._last = b"", offset, False
        self._offset = offset
        return self

    def next(self, record: int, line: int) -> tuple[Row | None, int, int]:
        """The next record (None for a blank line), the byte after it, and how many lines it took (0 at the end)."""
        place = self._reach()
        data = self._data
        if place == len(data):
            return None, self._offset, 0
        found = _END.search(data, place, place + LONGEST + 2)
        # The window may end between the two bytes of a line end.
        found = found and _END.match(data, found.start())
        offset = self._offset
        if found is None and len(data) - place > LONGEST + 1:
            self._offset = self._end_of_line(offset)
            raw = data[place : place + LONGEST]
            return Row(record, line, offset, raw, (), faults.ROW_TOO_LONG), self._offset, 1
        end, after = found.span() if found else (len(data), len(data))
        if end == place:
            self._offset = self._base + after
            return None, self._offset, 1
        raw, lines = data[place:end], 1
        if b'"' in raw:
            fields, stop = self._quoted(data, place)
            if fields is not None and stop > end:
                end, lines = stop, len(data[place:stop].splitlines())
                ending = _END.match(data, end)
                raw, after = data[place:end], ending.end() if ending else end
        else:
            fields = raw.split(self._mark)
        self._offset = self._base + after
        told, fault = self._told(raw, fields)
        return Row(record, line, offset, raw, told, fault), self._offset, lines

    def _quoted(self, data: bytes, place: int) -> tuple[list[bytes] | None, int]:
        """The cells of a record with quotes, and where it ends; None if it is not one."""
        fields: list[bytes] = []
        limit = place + LONGEST
        at = place
        while found := self._field.match(data, at, limit):
            quoted, plain = found.groups()
            fields.append(plain if quoted is None else quoted.replace(b'""', b'"'))
            at = found.end()
            if data[at : at + 1] == self._mark:
                at += 1
                continue
            if at < len(data) and data[at] not in b"\r\n":
                break
            spanned = _END.search(data, place, at) is not None
            if spanned and (
                len(fields) != (self._width or len(fields)) or len(data[place:at].splitlines()) > MOST_LINES
            ):
                # More likely a stray quote than a record of many lines.
                break
            return fields, at
        return None, at

    def _told(self, raw: bytes, fields: list[bytes] | None) -> tuple[tuple[str, ...], Fault | None]:
        fault = None
        if len(raw) > LONGEST:
            fault = faults.ROW_TOO_LONG
        elif fields is None:
            fault = faults.BAD_QUOTES
        elif len(raw.translate(None, CONTROL)) != len(raw):
            fault = faults.CONTROL_CHARACTER
        elif self._width is not None and len(fields) != self._width:
            fault = faults.RAGGED_ROW
        fields = raw.split(self._mark) if fields is None else fields
        try:
            return tuple([field.decode() for field in fields]), fault
        except UnicodeDecodeError:
            return tuple([field.decode(errors="replace") for field in fields]), fault or faults.INVALID_UTF8

    def _reach(self) -> int:
        """Where the next record begins in the window, with all of its bytes there."""
        place = self._offset - self._base
        if not self._last and len(self._data) - place < 2 * LONGEST:
            self._stream.seek(self._offset)
            self._data = self._stream.read(_BLOCK)
            self._last = len(self._data) < _BLOCK
            self._base = self._offset
            place = 0
        return place

    def _end_of_line(self, offset: int) -> int:
        """The byte after the line that an offset lies in, however long it is."""
        self._stream.seek(offset)
        while block := self._stream.read(_BLOCK):
            # A return at the end of a block may be half of a line end.
            block += self._stream.read(1)
            found = _END.search(block)
            if found and found.end() < len(block):
                return offset + found.end()
            if found:
                return offset + found.end() + (self._stream.read(1) == b"\n" and block.endswith(b"\r"))
            offset += len(block)
        return offset
