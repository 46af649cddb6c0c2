r"""A CSV file told apart in one pass: good rows go on to the engine in plain files, bad ones into quarantine.

Most of a file is proven good a block at a time, by counting bytes: that is as fast as the disk. A block
in doubt is taken in smaller pieces, and a small piece in doubt row by row. The plain files are in a form that
leaves the engine nothing to guess: UTF-8, ``\n`` after each record, quotes only around whole fields, no
blanks at the ends of a cell (but beside an apostrophe, which may be a guard against formulas).
A count made here owes nothing to the engine that reads them afterwards.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Final

from kycrule.cells import BLANKS
from kycrule.formulas import GUARD
from kycrule.intake.proof import proven
from kycrule.intake.rows import LONGEST, Reader, Row

BLOCK: Final = 1 << 21
PIECE: Final = 1 << 12

_STRETCH: Final = 1 << 23
_WALK: Final = 1 << 17
_PART: Final = 1 << 26


@dataclass(slots=True)
class Stretch:
    """A part of a file in which records follow each other.

    Attributes:
        first: the place of its first good record among all good ones, from 1.
        good: how many good records it has.
        record: the number of its first record.
        line: the physical line on which it begins.
        offset: the byte at which it begins.
        size: how many bytes it takes.
        plain: whether each line is a good record.
    """

    first: int
    good: int
    record: int
    line: int
    offset: int
    size: int
    plain: bool


@dataclass(slots=True, kw_only=True)
class Sifted:
    """What a pass over a file came to.

    Attributes:
        records: how many records there are, good and bad.
        good: how many of them are well formed.
        blank_lines: how many lines hold nothing.
        lines: how many physical lines there are, those of the header too.
        plain: whether the plain files say all that the good rows hold; a return inside a cell is more than they can.
        stretches: where the good records stand.
        parts: the plain files, in order.
        sha256: of the bytes that were read.
    """

    records: int = 0
    good: int = 0
    blank_lines: int = 0
    lines: int
    plain: bool = True
    stretches: list[Stretch] = field(default_factory=list[Stretch])
    parts: list[Path] = field(default_factory=list[Path])
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the records of a file are, and how they are written.

    Attributes:
        path: the plain file.
        start: the byte after its header.
        line: the physical line there.
        width: how many fields the header has.
        delimiter: the character between fields.
        block: how many bytes are proven at once.
        piece: how many bytes of a block in doubt are taken row by row.
    """

    path: Path
    start: int
    line: int
    width: int
    delimiter: str
    block: int = BLOCK
    piece: int = PIECE


def sift(
    layout: Layout,
    part: Callable[[int], Path],
    refuse: Callable[[Row], object],
    read: Callable[[int, int, int], object],
) -> Sifted:
    """Tell the records of a file apart.

    Args:
        layout: where they are.
        part: the path of a plain file to write, by its number.
        refuse: takes a row that is not well formed.
        read: is told how many bytes, records and bad ones of them were read since it was told last.

    Returns:
        What it came to; the rows of all parts in their order are the good rows of the file in theirs.
    """
    with layout.path.open("rb") as stream:
        return _Sieve(layout, stream, part, refuse, read).run()


class _Sieve:
    def __init__(
        self,
        layout: Layout,
        stream: IO[bytes],
        part: Callable[[int], Path],
        refuse: Callable[[Row], object],
        read: Callable[[int, int, int], object],
    ) -> None:
        self._layout = layout
        self._stream = stream
        self._part = part
        self._refuse = refuse
        self._read = read
        self._mark = layout.delimiter.encode()
        self._out: IO[bytes] | None = None
        self._room = 0
        self._told = Sifted(lines=layout.line)

    def run(self) -> Sifted:
        layout, told = self._layout, self._told
        digest = hashlib.sha256(self._stream.read(layout.start))
        with layout.path.open("rb") as again:
            walker = Reader(again, layout.start, layout.delimiter, layout.width)
            offset, rest = layout.start, b""
            while block := self._stream.read(layout.block):
                digest.update(block)
                before = offset, told.records, told.records - told.good
                data = rest + block
                after = self._block(walker, offset, data)
                rest = data[after - offset :] if after - offset < len(data) else b""
                offset = after
                # A record that reaches beyond the block was read by the other stream.
                while ahead := max(0, offset - self._stream.tell()):
                    skipped = self._stream.read(min(ahead, layout.block))
                    digest.update(skipped)
                    if not skipped:
                        break
                now = offset, told.records, told.records - told.good
                self._read(*(new - old for new, old in zip(now, before, strict=True)))
            if rest:
                self._pieces(walker, offset, rest, last=True)
        if self._out is not None:
            self._out.close()
        told.sha256 = digest.hexdigest()
        return told

    def _block(self, walker: Reader, offset: int, data: bytes) -> int:
        """Take the whole records of a block; the byte up to which it was taken."""
        end = data.rfind(b"\n") + 1
        if end and self._proven(data[:end], offset):
            return offset + end
        if not end and len(data) <= LONGEST:
            return offset
        return self._pieces(walker, offset, data)

    def _pieces(self, walker: Reader, offset: int, data: bytes, *, last: bool = False) -> int:
        """Take a block that is in doubt in pieces, larger ones while all is well; the byte up to which it was taken."""
        place, size = 0, self._layout.piece
        # The end of a block may be the middle of a record; the next one has it whole.
        limit = len(data) if last else data.rfind(b"\n") + 1 or len(data)
        while place < limit:
            until = min(place + size, limit)
            end = data.rfind(b"\n", place, until) + 1
            if end > place and self._proven(data[place:end], offset + place, trim=True):
                place, size = end, size * 2
            elif size > self._layout.piece:
                size //= 2
            else:
                place = self._walk(walker, offset + place, offset + until) - offset
        return offset + place

    def _walk(self, walker: Reader, offset: int, until: int) -> int:
        """Take records one by one up to a byte, or the end of the record there; the byte after them."""
        told, begun, line, record = self._told, offset, self._told.lines, self._told.records + 1
        good: list[bytes] = []
        walker.at(offset)
        while offset < until:
            row, offset, lines = walker.next(told.records + 1, told.lines)
            if not lines:
                # The file has become shorter; that is noticed at the end.
                return until
            told.lines += lines
            if row is None:
                told.blank_lines += 1
                continue
            told.records += 1
            if row.fault is None:
                good.append(self._written(row.fields))
            else:
                self._refuse(row)
        self._keep(b"".join(good), len(good))
        self._stretch(len(good), record, line, begun, offset - begun, plain=False)
        return offset

    def _written(self, fields: Iterable[str]) -> bytes:
        """A good row in the form of the plain files."""
        told, marks = self._told, '"\n\r' + self._layout.delimiter
        cells: list[str] = []
        for given in fields:
            cell = given if GUARD in given else given.strip(BLANKS)
            told.plain = told.plain and "\r" not in cell
            quoted = any(mark in cell for mark in marks)
            cells.append('"' + cell.replace('"', '""') + '"' if quoted else cell)
        # A row of one blank cell would be a blank line.
        return (self._layout.delimiter.join(cells) or '""').encode() + b"\n"

    # Blocks of bytes ------------------------------------------------------------------------------

    def _proven(self, data: bytes, offset: int, *, trim: bool = False) -> bool:
        """Whether every line of some whole lines is a record beyond doubt; if so, they are taken.

        A blank at the end of a cell leaves a doubt unless cells are to be trimmed.
        """
        end = b"\r\n" if data.endswith(b"\r\n") else b"\n"
        found = proven(data, end=end, mark=self._mark, width=self._layout.width)
        if found is None or (found.padded and not trim):
            return False
        told, count = self._told, found.count
        if found.padded:
            rows = csv.reader(io.StringIO(data.decode(), newline=""), delimiter=self._layout.delimiter, strict=True)
            self._keep(b"".join(map(self._written, rows)), count)
        else:
            self._keep(data if end == b"\n" else data.replace(end, b"\n"), count)
        self._stretch(count, told.records + 1, told.lines, offset, len(data), plain=True)
        told.records += count
        told.lines += count
        return True

    # What is kept ---------------------------------------------------------------------------------

    def _keep(self, data: bytes, count: int) -> None:
        if not data:
            return
        if self._out is None or self._room < len(data):
            if self._out is not None:
                self._out.close()
            path = self._part(len(self._told.parts))
            self._told.parts.append(path)
            self._out = path.open("wb")
            # The engine takes the first line of a file for its header.
            self._out.write(self._mark.join(b"c%d" % place for place in range(self._layout.width)) + b"\n")
            self._room = _PART
        self._out.write(data)
        self._room -= len(data)
        self._told.good += count

    def _stretch(self, good: int, record: int, line: int, offset: int, size: int, *, plain: bool) -> None:
        stretches = self._told.stretches
        if stretches:
            last = stretches[-1]
            longest = _STRETCH if plain and last.plain else _WALK
            if last.plain is plain and last.size + size <= longest:
                last.good += good
                last.size += size
                return
        stretches.append(Stretch(self._told.good - good + 1, good, record, line, offset, size, plain))


# Rows read again ----------------------------------------------------------------------------------


def rows_at(layout: Layout, sifted: Sifted, places: Iterable[int]) -> Iterator[Row]:
    """Good rows of a file, read again.

    Args:
        layout: where its records are.
        sifted: what the pass over it came to.
        places: their places among the good rows, from 1, in ascending order.

    Yields:
        The row of each place.
    """
    wanted = iter(places)
    place = next(wanted, None)
    with layout.path.open("rb") as stream, layout.path.open("rb") as again:
        reader = Reader(again, layout.start, layout.delimiter, layout.width)
        for stretch in sifted.stretches:
            if place is None:
                return
            if place >= stretch.first + stretch.good:
                continue
            for found, row in (_lines if stretch.plain else _walked)(stretch, stream, reader):
                if found == place:
                    yield row()
                    place = next(wanted, None)
                    if place is None or place >= stretch.first + stretch.good:
                        break


def _lines(stretch: Stretch, stream: IO[bytes], reader: Reader) -> Iterator[tuple[int, Callable[[], Row]]]:
    """The good rows of a stretch in which each line is one."""
    stream.seek(stretch.offset)
    offset = stretch.offset
    for place, line in enumerate(stream.read(stretch.size).split(b"\n")[: stretch.good]):
        yield stretch.first + place, partial(_one, reader, offset, stretch.record + place, stretch.line + place)
        offset += len(line) + 1


def _walked(stretch: Stretch, _: IO[bytes], reader: Reader) -> Iterator[tuple[int, Callable[[], Row]]]:
    """The good rows of a stretch, found one by one."""
    offset, place, record, line = stretch.offset, stretch.first, stretch.record, stretch.line
    while offset < stretch.offset + stretch.size:
        row, after, lines = reader.at(offset).next(record, line)
        if row is not None:
            record += 1
            if row.fault is None:
                yield place, partial(_one, reader, offset, record - 1, line)
                place += 1
        offset = after
        line += lines


def _one(reader: Reader, offset: int, record: int, line: int) -> Row:
    row, _, _ = reader.at(offset).next(record, line)
    assert row is not None  # noqa: S101 - a record stood there
    return row
