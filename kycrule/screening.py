"""Names of customers and owners against published lists of restricted parties: possible matches, no conclusions.

A list has the columns of the U.S. Consolidated Screening List; the persons of special measures (§ 7.307) are one
more list. Names are made alike (:mod:`kycrule.names`) and only those that share a word, or the beginning of one, are
compared. What comes out is a question for a person: no determination changes by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from kycrule import cells, faults, names
from kycrule.errors import DefinitionError, EngineError, InputError
from kycrule.intake.handover import own_file, written
from kycrule.intake.rows import Counts, header, rows
from kycrule.intake.source import STANDARD_INPUT, failed, prepare
from kycrule.periods import after
from kycrule.records import SpecialMeasure
from kycrule.terminal import safe_text

Execute = Callable[[str], list[tuple[Any, ...]]]

THRESHOLD: Final = 90.0
"""The score from which two names are a possible match: one letter in ten, on both sides together, may differ."""

LOWEST_THRESHOLD: Final = 70.0
"""Below it nearly everything is alike, and the letters of two names no longer tell which need no comparing."""

BEGINNING: Final = 4
"""Letters of the beginning of a word by which names with a misspelt word still meet."""

MOST_PAIRS: Final = 100_000_000
"""Most pairs of names that one word may bring together; a word such as "company" in millions of names brings more,
and is then not a reason to compare (about a second of work for each such word)."""

SPECIAL_MEASURE: Final = "special measure"
"""The source of the persons of special measures."""

LONGEST_IN_EFFECT: Final = 365
"""Days for which a determination stays in effect without an extension, § 7.307(a)(5)."""

_SLICE: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """What was compared, and what came of it. The matches are in the table ``screened``.

    Attributes:
        lists: each list with its name, digest and counts, for the manifest.
        threshold: the score from which names are a possible match.
        names: how many distinct names were looked for.
        compared: how many pairs of names were scored.
        too_common: how many words, or beginnings of words, were no reason to compare.
        matches: how many possible matches there are.
        accounts: how many accounts have one.
    """

    lists: tuple[dict[str, Any], ...]
    threshold: float
    names: int
    compared: int
    too_common: int
    matches: int
    accounts: int

    def summary(self) -> dict[str, Any]:
        """The counts, for ``summary.json``."""
        return {
            "threshold": self.threshold,
            "lists": [{name: told for name, told in each.items() if name != "sha256"} for each in self.lists],
            "names": self.names,
            "compared": self.compared,
            "too_common": self.too_common,
            "possible_matches": self.matches,
            "accounts": self.accounts,
        }


def refuse_early(given: str | None, threshold: float) -> None:
    """Refuse, before a long run, what cannot come to anything.

    Args:
        given: the path of a list, if there is one.
        threshold: the score from which names are a possible match.

    Raises:
        DefinitionError: the threshold is not between :data:`LOWEST_THRESHOLD` and 100, or a library is not installed.
        InputError: there is no such list.
    """
    if not LOWEST_THRESHOLD <= threshold <= 100:  # noqa: PLR2004 - a score
        message = f"The threshold of a list is a score from {LOWEST_THRESHOLD:.0f} to 100."
        raise DefinitionError(message)
    names.scorer()
    if given is not None and given != STANDARD_INPUT and not Path(given).is_file():
        raise failed(Path(given).name, faults.UNREADABLE_FILE, "There is no such file.")


def screen(
    execute: Execute,
    workspace: Path,
    *,
    given: str | None,
    special_measures: Sequence[SpecialMeasure],
    as_of: date,
    threshold: float = THRESHOLD,
    most_pairs: int = MOST_PAIRS,
) -> Screened:
    """Make the table ``screened`` of possible matches, from the tables ``customers`` and ``owners``.

    Args:
        execute: runs a statement on the engine and gives its rows.
        workspace: a private folder for what is thrown away.
        given: the path of a list, if there is one.
        special_measures: the determinations whose persons are a list too.
        as_of: the date as of which special measures are in effect.
        threshold: the score from which names are a possible match.
        most_pairs: most pairs that one word may bring together.

    Returns:
        The counts. The table has the columns of ``screening.csv`` and ``record`` and ``place`` for its order.

    Raises:
        InputError: the list cannot be read at all, or nothing in it can.
    """
    screening = _Screening(execute, workspace, threshold, most_pairs)
    lists = screening.read_lists(given, special_measures, as_of)
    screening.read_names()
    too_common = screening.choose()
    compared = screening.compare()
    matches, accounts = screening.tell()
    return Screened(
        lists=lists,
        threshold=threshold,
        names=screening.count("screen_names"),
        compared=compared,
        too_common=too_common,
        matches=matches,
        accounts=accounts,
    )


def in_effect(measure: SpecialMeasure, as_of: date) -> bool:
    """Whether a special measure has been imposed and has not lapsed, § 7.307(a)(4)-(5).

    It is looked at from its issuance on, before anyone must act on it (paragraph (a)(6)).
    """
    if measure.issued_on is None:
        return False
    ends = [after(measure.issued_on, years=0, days=LONGEST_IN_EFFECT), measure.extended_until]
    return measure.issued_on <= as_of <= max(end for end in ends if end is not None)


class _Screening:
    def __init__(self, execute: Execute, workspace: Path, threshold: float, most_pairs: int) -> None:
        self._execute = execute
        self._workspace = workspace
        self._threshold = threshold
        self._most_pairs = most_pairs

    # Lists ----------------------------------------------------------------------------------------

    def read_lists(
        self, given: str | None, special_measures: Sequence[SpecialMeasure], as_of: date
    ) -> tuple[dict[str, Any], ...]:
        """Make the tables ``listed`` (each name as it stands) and ``list_names`` (each name once)."""
        lists: list[dict[str, Any]] = []
        path = self._workspace / "listed.csv"
        with written(path) as keep:
            if given is not None:
                lists.append(_kept_list(given, self._workspace, keep))
            if special_measures:
                persons = [
                    (measure.issued_on, measure.person)
                    for measure in special_measures
                    if measure.person is not None and in_effect(measure, as_of)
                ]
                kept = sum(
                    _keep_name(keep, SPECIAL_MEASURE, f"issued {issued_on}", person) for issued_on, person in persons
                )
                lists.append({"name": SPECIAL_MEASURE, "entries": len(persons), "names": kept, "unread": 0})
        columns = ("source", "entry", "listed_name", "normal")
        self._execute(f"CREATE TABLE listed AS SELECT * FROM {own_file(path, columns)}")
        if self.count("listed") != sum(each["names"] for each in lists):
            message = "The engine did not read every listed name. Nothing was written; this is a defect of kycrule."
            raise EngineError(message)
        self._name("list_names", "SELECT DISTINCT normal FROM listed")
        return tuple(lists)

    # Names of ours --------------------------------------------------------------------------------

    def read_names(self) -> None:
        """Make the tables ``screen_texts`` (each name as it stands) and ``screen_names`` (each one made alike)."""
        self._execute(
            "CREATE TABLE screen_texts AS SELECT text, CASE WHEN "
            f"{names.ascii_sql('text')} THEN {names.normalised_sql('text')} END AS normal "
            f"FROM (SELECT DISTINCT text FROM ({_SUBJECTS}) AS s) AS d"
        )
        self._execute(
            "CREATE TABLE screen_others AS SELECT row_number() OVER () AS place, text FROM screen_texts "
            "WHERE normal IS NULL"
        )
        path = self._workspace / "normal.csv"
        with written(path) as keep:
            for place, text in self._pages("screen_others", "place", "text", key="place"):
                keep((place, names.normalised(text)))
        self._execute(
            "CREATE TABLE screen_folded AS SELECT o.text, n.normal FROM screen_others AS o JOIN "
            f"(SELECT CAST(place AS BIGINT) AS place, normal FROM {own_file(path, ('place', 'normal'))}) AS n "
            "ON n.place = o.place"
        )
        self._execute(
            "CREATE VIEW screen_all AS SELECT text, normal FROM screen_texts WHERE normal IS NOT NULL "
            "UNION ALL SELECT text, normal FROM screen_folded"
        )
        self._name("screen_names", "SELECT DISTINCT normal FROM screen_all WHERE normal <> ''")

    def _name(self, table: str, normals: str) -> None:
        self._execute(
            f"CREATE TABLE {table} AS SELECT row_number() OVER () AS id, normal, length(normal) AS length, "
            f"{names.letters_sql('normal')} AS letters, {names.repeated_sql('normal')} AS repeated "
            f"FROM ({normals}) AS n"
        )

    # Which names to compare -----------------------------------------------------------------------

    def choose(self) -> int:
        """Make the table ``pairs`` of names that are worth comparing; gives how many words were too common for it."""
        self._keys("list", "TRUE")
        self._keys("screen", "key IN (SELECT key FROM list_keys)")
        self._execute(
            "CREATE TABLE key_counts AS SELECT l.key, l.times AS listed, s.times AS screened "
            "FROM (SELECT key, count(*) AS times FROM list_keys GROUP BY key) AS l "
            "JOIN (SELECT key, count(*) AS times FROM screen_keys GROUP BY key) AS s ON s.key = l.key"
        )
        usual = f"listed * screened <= {self._most_pairs}"
        self._execute(
            "CREATE TABLE usual_keys AS SELECT l.* FROM list_keys AS l "
            f"JOIN (SELECT key FROM key_counts WHERE {usual}) AS c ON c.key = l.key"
        )
        self._execute(
            "CREATE TABLE chosen AS SELECT s.id, l.id AS listed_id FROM screen_keys AS s "
            f"JOIN usual_keys AS l ON l.key = s.key AND {self._may_be_near()}"
        )
        if self._threshold <= names.CONTAINED:
            self._choose_contained()
        self._execute(
            "CREATE TABLE pairs AS SELECT p.id, p.listed_id, s.normal, l.normal AS listed "
            "FROM (SELECT DISTINCT id, listed_id FROM chosen) AS p JOIN screen_names AS s ON s.id = p.id "
            "JOIN list_names AS l ON l.id = p.listed_id"
        )
        return int(self._execute(f"SELECT count(*) FROM key_counts WHERE NOT {usual}")[0][0])

    def _choose_contained(self) -> None:
        """Add to ``chosen`` the pairs in which all words of one name stand in the other."""
        # A name inside another shares its rarest word too, and few pairs come of that one.
        for inner, outer, among in (("list", "screen", "screened"), ("screen", "list", "listed")):
            self._execute(f"CREATE TABLE {inner}_rarest AS {_rarest(inner, among)}")
            self._execute(
                f"CREATE TABLE {inner}_within AS SELECT i.id AS inner_id, o.id AS outer_id FROM {outer}_keys AS o "
                f"JOIN {inner}_rarest AS i ON i.key = o.key AND i.letters & o.letters = i.letters "
                "AND i.length <= o.length WHERE o.word"
            )
            self._execute(
                "INSERT INTO chosen SELECT screen_id, list_id FROM ("
                f"SELECT w.inner_id AS {inner}_id, w.outer_id AS {outer}_id FROM {inner}_within AS w "
                f"JOIN {inner}_names AS i ON i.id = w.inner_id JOIN {outer}_names AS o ON o.id = w.outer_id "
                "WHERE list_has_all(string_split(o.normal, ' '), string_split(i.normal, ' '))) AS n"
            )

    def _keys(self, of: str, where: str) -> None:
        """Make the keys under which names meet: whole names, words, and beginnings of long words, as hashes."""
        measures = "length, letters, repeated"
        words = f"SELECT *, unnest(list_distinct(string_split(normal, ' '))) AS given FROM {of}_names"
        beginning = f"hash(substr(given, 1, {BEGINNING}) || '*')"
        self._execute(
            f"CREATE TABLE {of}_keys AS SELECT DISTINCT id, key, word, {measures} FROM ("
            f"SELECT id, hash('=' || normal) AS key, FALSE AS word, {measures} FROM {of}_names UNION ALL "
            f"SELECT id, hash(given), TRUE, {measures} FROM ({words}) AS w UNION ALL "
            f"SELECT id, {beginning}, FALSE, {measures} FROM ({words}) AS w WHERE length(given) > {BEGINNING}"
            f") AS k WHERE {where}"
        )

    def _may_be_near(self) -> str:
        """What holds of all names with a ratio of at least the threshold: few letters are in one of them alone.

        In whole numbers, thousandths of a percent, rounded up.
        """
        off = int((100 - self._threshold) * 1000) + 1
        few = f"(s.length + l.length) * {off}"
        letters = " + ".join(f"CAST(bit_count(xor(s.{bits}, l.{bits})) AS BIGINT)" for bits in ("letters", "repeated"))
        return f"abs(s.length - l.length) * 100000 <= {few} AND ({letters}) * 100000 <= {few}"

    # Comparing ------------------------------------------------------------------------------------

    def compare(self) -> int:
        """Make the table ``alike`` of names whose score reaches the threshold; gives how many were compared."""
        path = self._workspace / "alike.csv"
        compared = 0
        scored = names.scorer(self._threshold)
        with written(path) as keep:
            for _, place, listed_place, normal, listed in self._pages(
                "pairs", "rowid", "id", "listed_id", "normal", "listed", key="rowid", first=0
            ):
                compared += 1
                score = scored(normal, listed)
                if score >= self._threshold:
                    keep((place, listed_place, round(score, 1)))
        if compared != self.count("pairs"):
            message = "Not every pair of names was compared. Nothing was written; this is a defect of kycrule."
            raise EngineError(message)
        self._execute(
            "CREATE TABLE alike AS SELECT s.normal, l.normal AS listed, CAST(a.score AS DECIMAL(4, 1)) AS score "
            f"FROM {own_file(path, ('id', 'listed_id', 'score'))} AS a "
            "JOIN screen_names AS s ON s.id = CAST(a.id AS BIGINT) "
            "JOIN list_names AS l ON l.id = CAST(a.listed_id AS BIGINT)"
        )
        return compared

    def tell(self) -> tuple[int, int]:
        """Make the table ``screened``: for each party and field, each entry once, with its best name."""
        best = "score DESC, listed_name"
        self._execute(
            "CREATE TABLE screened AS SELECT c.record, s.place, s.account_id, s.subject, s.field, "
            f"max(a.score) AS score, l.source, l.entry, first(l.listed_name ORDER BY {best}) AS listed_name "
            f"FROM ({_SUBJECTS}) AS s JOIN screen_all AS t ON t.text = s.text JOIN alike AS a ON a.normal = t.normal "
            "JOIN listed AS l ON l.normal = a.listed JOIN customers AS c ON c.account_id = s.account_id "
            "GROUP BY c.record, s.place, s.account_id, s.subject, s.field, l.source, l.entry"
        )
        matches, accounts = self._execute("SELECT count(*), count(DISTINCT account_id) FROM screened")[0]
        return int(matches), int(accounts)

    # Small things ---------------------------------------------------------------------------------

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self._execute(f"SELECT count(*) FROM {table}")[0][0])

    def _pages(self, table: str, *columns: str, key: str, first: int = 1) -> Iterator[tuple[Any, ...]]:
        """The rows of a table whose key counts them."""
        for start in range(first, self.count(table) + first, _SLICE):
            yield from self._execute(
                f"SELECT {', '.join(columns)} FROM {table} WHERE {key} >= {start} AND {key} < {start + _SLICE} "
                f"ORDER BY {key}"
            )


ORDER: Final = "record, place, field, score DESC, source, entry, listed_name"
"""The order of the lines of ``screening.csv``."""

_OWNER: Final = "COALESCE(owner_id, '#' || CAST(owner_pos AS VARCHAR))"
_SUBJECTS: Final = " UNION ALL ".join((
    "SELECT 0 AS place, account_id, account_id AS subject, 'name' AS field, name AS text FROM customers "
    "WHERE name IS NOT NULL",
    "SELECT 0, account_id, account_id, 'other_names', unnest(other_names) FROM customers",
    f"SELECT owner_pos, account_id, {_OWNER}, 'name', name FROM owners WHERE name IS NOT NULL",
    f"SELECT owner_pos, account_id, {_OWNER}, 'other_names', unnest(other_names) FROM owners",
))  # fmt: skip


def _rarest(of: str, among: str) -> str:
    """Each name with at least two words that all stand on the other side too, and the one that is rarest there."""
    return (
        f"SELECT n.id, arg_min(k.key, (c.{among}, k.key)) AS key, any_value(n.length) AS length, "
        "any_value(n.letters) AS letters "
        f"FROM {of}_keys AS k JOIN key_counts AS c ON c.key = k.key JOIN {of}_names AS n ON n.id = k.id "
        f"WHERE k.word GROUP BY n.id HAVING count(*) >= {names.FEWEST_WORDS} "
        "AND count(*) = len(any_value(list_distinct(string_split(n.normal, ' '))))"
    )


# Reading a list -----------------------------------------------------------------------------------


def _kept_list(given: str, workspace: Path, keep: Callable[[Iterable[object]], object]) -> dict[str, Any]:
    """Write down the names of a list; gives what is known of it."""
    source = prepare(given, workspace)
    titles, start, line = header(source.path, source.start, ",")
    places = {title.strip().lower(): place for place, title in reversed(list(enumerate(titles)))}
    if not places:
        raise failed(source.name, faults.NO_HEADER)
    if "name" not in places:
        raise failed(source.name, faults.MISSING_COLUMN, "A list of restricted parties has a column named name.")
    counts = Counts()
    entries = kept = 0
    for row in rows(source.path, start, line, len(titles), ",", counts=counts):
        if row.fault is not None:
            continue

        def cell(column: str, fields: tuple[str, ...] = row.fields) -> str:
            return fields[places[column]].strip(cells.BLANKS) if column in places else ""

        listed = [cell("name"), *(name.strip(cells.BLANKS) for name in cell("alt_names").split(cells.SEPARATOR))]
        entry = cell("entity_number") or cell("_id") or f"line {row.line}"
        found = sum(_keep_name(keep, cell("source") or source.name, entry, name) for name in dict.fromkeys(listed))
        entries += bool(found)
        kept += found
    if not entries:
        message = f"{source.name}: no entry of the list can be read ({counts.records} rows). Nothing was screened."
        raise InputError(message)
    return {
        "name": source.name,
        "sha256": source.digest(),
        "rows": counts.records,
        "entries": entries,
        "names": kept,
        "unread": counts.records - entries,
    }


def _keep_name(keep: Callable[[Iterable[object]], object], source: str, entry: str, name: str) -> int:
    normal = names.normalised(name)
    if normal:
        keep((*(_line(text) for text in (source, entry, name)), normal))
    return int(bool(normal))


def _line(text: str) -> str:
    return safe_text(" ".join(text.split()))
