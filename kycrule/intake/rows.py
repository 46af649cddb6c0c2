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
_CONTROL: Final = bytes({*range(0x20), 0x7F} - {0x09, 0x0A, 0x0D})
_END: Final = re.compile(rb"\r\n|[\r\n]")
_PLAIN: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file.

    Attributes:
        record: its number, from 1, the header not counted.
        line: the physical line on which it begins, from 1.
        offset: the byte at which it begins, from 0.
        raw: its bytes, without the line end; of an overlong one the beginning.
        fields: its cells as they stand; as well as can be told if the row is bad.
        fault: what is wrong with it as a row, if anything.
    """

    record: int
    line: int
    offset: int
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


# A pass that only proves --------------------------------------------------------------------------


def regular(path: Path, start: int, width: int, delimiter: str) -> int | None:
    """How many records a file has, if every one of them is beyond doubt; else None.

    Beyond doubt: UTF-8, no control characters, one kind of line end, no blank line, quotes only
    around whole fields, and every record as wide as the header. A count made here owes nothing to
    the engine that reads the file afterwards.

    Args:
        path: the plain file.
        start: where its records begin.
        width: how many fields the header has.
        delimiter: the character between fields.
    """
    proof = _Proof(width, delimiter.encode())
    rest = b""
    with path.open("rb") as stream:
        stream.seek(start)
        while block := stream.read(_BLOCK):
            data = rest + block
            end = _last_end(data)
            rest = data[end:]
            if len(rest) > LONGEST or not proof.holds(data[:end]):
                return None
    if rest:
        proof.line_end = proof.line_end or b"\n"
        if not proof.holds(rest + proof.line_end):
            return None
    return proof.records


def _last_end(data: bytes) -> int:
    """Where the last line of some bytes ends that does not end inside quotes."""
    end = data.rfind(b"\n") + 1
    quotes = data.count(b'"', 0, end)
    while quotes % 2 and end:
        earlier = data.rfind(b"\n", 0, end - 1) + 1
        quotes -= data.count(b'"', earlier, end)
        end = earlier
    return end


class _Proof:
    def __init__(self, width: int, delimiter: bytes) -> None:
        self._width = {width - 1}
        self._delimiter = delimiter
        self._misplaced = re.compile(rb'(?<![%b\n"])"|"(?![%b\r\n"])' % ((re.escape(delimiter),) * 2))
        self.line_end = b""
        self.records = 0

    def holds(self, data: bytes) -> bool:
        """Whether some whole records are beyond doubt."""
        if not data:
            return True
        try:
            data.decode()
        except UnicodeDecodeError:
            return False
        if len(data.translate(None, _CONTROL)) != len(data):
            return False
        if b'"' in data:
            pieces = data.split(b'"')
            if not len(pieces) % 2 or any(piece.count(b"\n") >= MOST_LINES for piece in pieces[1::2]):
                return False
            # What stands inside quotes is dropped; one mark keeps its place.
            data = b'"'.join(pieces[::2])
            if self._misplaced.search(b"\n" + data):
                return False
        return self._lines_hold(data)

    def _lines_hold(self, data: bytes) -> bool:
        if not self.line_end:
            self.line_end = b"\r\n" if b"\r" in data else b"\n"
        lines = data.split(self.line_end)
        del lines[-1]
        self.records += len(lines)
        stray = data.count(b"\n") != len(lines) or data.count(b"\r") != (len(self.line_end) - 1) * len(lines)
        delimiter = self._delimiter
        return (
            not stray
            and b"" not in lines
            and max(map(len, lines)) <= _PLAIN
            and {line.count(delimiter) for line in lines} == self._width
        )


# A pass that tells good from bad ------------------------------------------------------------------


def header(path: Path, start: int, delimiter: str) -> tuple[tuple[str, ...], int, int]:
    """The cells of the first record, the byte after it, and the physical line there.

    The cells are empty if the first line is not a record.
    """
    with path.open("rb") as stream:
        reader = _Reader(stream, start, delimiter, None)
        row, after, lines = reader.next(1, 1)
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
        reader = _Reader(stream, start, delimiter, width)
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


class _Reader:
    """Records from a stream, one at a time, with a window of bytes that holds a whole one."""

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

    def next(self, record: int, line: int) -> tuple[Row | None, int, int]:
        """The next record (None for a blank line), the byte after it, and how many lines it took (0 at the end)."""
        place = self._reach()
        data = self._data
        if place == len(data):
            return None, self._offset, 0
        found = _END.search(data, place, place + LONGEST + 2)
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
        if fields is None:
            fault = faults.BAD_QUOTES
            fields = raw.split(self._mark)
        elif len(raw) > LONGEST:
            fault = faults.ROW_TOO_LONG
        elif len(raw.translate(None, _CONTROL)) != len(raw):
            fault = faults.CONTROL_CHARACTER
        elif self._width is not None and len(fields) != self._width:
            fault = faults.RAGGED_ROW
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
