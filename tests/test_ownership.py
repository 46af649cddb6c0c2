"""Shares through a graph of stakes: exact, with cycles, ranges, contradictions and missing parts."""

import random
import time
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kycrule import faults
from kycrule.errors import DefinitionError, RecordError
from kycrule.ownership import (
    AT_LEAST,
    CHAINS,
    LARGEST,
    UNKNOWN,
    Interval,
    ProblemKind,
    Stake,
    beneficial_owners,
    parse_share,
)


def person(name, held, share):
    return Stake(name, "individual", held, share)


def company(name, held, share):
    return Stake(name, "entity", held, share)


def owners(stakes, of="Acme", **arguments):
    return {owner.name: owner for owner in beneficial_owners(stakes, of=of, **arguments).owners}


def answers(stakes, of="Acme", **arguments):
    return {name: owner.is_beneficial_owner for name, owner in owners(stakes, of, **arguments).items()}


def problems(stakes, of="Acme"):
    return [(problem.kind.value, problem.names) for problem in beneficial_owners(stakes, of=of).problems]


def exactly(percent):
    return Interval(Fraction(percent) / 100, Fraction(percent) / 100)


# Oracles: they share nothing with the package ------------------------------------------------------


def by_paths(edges, owner, of):
    """The sum over all chains; only for graphs without cycles."""
    return sum(
        (
            share * (1 if held == of else 0) + share * by_paths(edges, held, of)
            for (holder, held), share in edges.items()
            if holder == owner
        ),
        Fraction(0),
    )


def by_equations(edges, entities, owner):
    """Each entity's part that belongs to the owner, by Gauss and Jordan on a dense matrix of fractions."""
    size = len(entities)
    rows = [
        [Fraction(i == j) - edges.get((entities[j], entities[i]), 0) for j in range(size)]
        + [edges.get((owner, entities[i]), Fraction(0))]
        for i in range(size)
    ]
    for i in range(size):
        pivot = next(row for row in rows[i:] if row[i])
        rows.remove(pivot)
        pivot = [number / pivot[i] for number in pivot]
        rows.insert(i, pivot)
        for j in range(size):
            if j != i and rows[j][i]:
                rows[j] = [a - rows[j][i] * b for a, b in zip(rows[j], pivot, strict=True)]
    return dict(zip(entities, (row[-1] for row in rows), strict=True))


def random_graph(chance, *, acyclic):
    """Shares in tenths of a percent, no entity over 100 %, each with a part that no entity holds."""
    entities = [f"E{i}" for i in range(chance.randint(1, 5))]
    people = [f"P{i}" for i in range(chance.randint(1, 2))]
    edges = {}
    for place, held in enumerate(entities):
        left = 1000
        possible = entities[place + 1 :] if acyclic else entities
        for holder in chance.sample(possible, chance.randint(0, min(2, len(possible)))) + people:
            share = chance.choice((0, chance.randint(0, left), left // 2))
            if holder[0] == "E" and share == left:
                share -= left > 0
            left -= share
            if share:
                edges[holder, held] = Fraction(share, 1000)
    return entities, people, edges


def agree(seed, count):
    chance = random.Random(seed)
    disagreements, compared = 0, 0
    for number in range(count):
        acyclic = number % 2 == 0
        entities, people, edges = random_graph(chance, acyclic=acyclic)
        found = {
            owner.name: owner
            for owner in beneficial_owners(
                [
                    Stake(holder, "individual" if holder[0] == "P" else "entity", held, share * 100)
                    for (holder, held), share in edges.items()
                ],
                of="E0",
            ).owners
        }
        for one in people:
            truth = by_equations(edges, entities, one)["E0"]
            share = found[one].share if one in found else exactly(0)
            disagreements += not (share.low == share.high == truth <= 1)
            disagreements += acyclic and by_paths(edges, one, "E0") != truth
            disagreements += one in found and found[one].is_beneficial_owner is not (truth >= Fraction(1, 4))
            compared += 1
    assert disagreements == 0
    assert compared >= count


class TestExactShares:
    """At least 25 percent is exactly that: § 7.301."""

    def test_t21_all_triples_of_tenths_that_sum_to_a_quarter_reach_it(self):
        triples = [(a, b, 250 - a - b) for a in range(1, 249) for b in range(1, 250 - a)]
        whole = [person("Ann", "H", 100), person("Ann", "J", 100)]
        tenths = [Decimal(number) / 10 for number in range(250)]
        direct, through, other = (
            [make(*names, share) for share in tenths]
            for make, names in ((person, ("Ann", "Acme")), (company, ("H", "Acme")), (company, ("J", "Acme")))
        )

        assert len(triples) == 30_876
        assert all(answers([*whole, direct[a], through[b], other[c]]) == {"Ann": True} for a, b, c in triples)

    @pytest.mark.parametrize(
        ("share", "answer"), [("24.999999999999", False), ("25", True), ("25.000000000001", True), ("25.0", True)]
    )
    def test_t21_the_nearest_neighbours_of_a_quarter_are_told_apart(self, share, answer):
        assert answers([person("Ann", "Acme", share)]) == {"Ann": answer}
        assert answers([person("Ann", "Acme", Decimal(share))]) == {"Ann": answer}
        assert answers([person("Ann", "H", share), company("H", "Acme", 100)]) == {"Ann": answer}

    @pytest.mark.parametrize("share", ["99.9", "87.06", "33.333333333333", "12.5"])
    def test_t21_a_chain_of_ten_levels_is_a_product(self, share):
        names = ["Ann", *(f"H{level}" for level in range(9)), "Acme"]
        chain = [Stake(a, None if a != "Ann" else "individual", b, share) for a, b in pairwise(names)]
        owner = owners(chain)["Ann"]

        assert owner.share.low == owner.share.high == (Fraction(share) / 100) ** 10
        assert [link.names for link in owner.chains] == [tuple(names)]
        assert owner.direct is None

    @given(st.lists(st.tuples(st.integers(0, 10**14), st.integers(0, 10**14)), min_size=1, max_size=6))
    def test_direct_and_indirect_shares_are_added(self, pairs):
        pairs = [(a, b // len(pairs)) for a, b in pairs]
        stakes = [person("Ann", f"H{n}", Fraction(a, 10**12)) for n, (a, _) in enumerate(pairs)]
        stakes += [company(f"H{n}", "Acme", Fraction(b, 10**12)) for n, (_, b) in enumerate(pairs)]
        total = sum(Fraction(a * b, 10**28) for a, b in pairs)

        assert owners(stakes)["Ann"].share == Interval(total, total)
        assert answers(stakes) == {"Ann": total >= Fraction(1, 4)}

    def test_another_threshold_can_be_asked_for(self):
        stakes = [person("Ann", "Acme", 10)]

        assert answers(stakes, threshold=Fraction(1, 10)) == {"Ann": True}
        assert Fraction(1, 4) == AT_LEAST

    @pytest.mark.parametrize("threshold", [0.25, 25, Fraction(0), Fraction(5, 4), None])
    def test_a_threshold_that_is_no_part_of_one_is_refused(self, threshold):
        with pytest.raises(DefinitionError):
            beneficial_owners([], of="Acme", threshold=threshold)


class TestRandomGraphs:
    """Two oracles, chains added up and a linear solution, say the same."""

    def test_t22_two_hundred_graphs_agree(self):
        agree(seed=0, count=200)

    def test_t22_twenty_thousand_graphs_agree(self):
        agree(seed=1, count=20_000)

    @pytest.mark.slow
    def test_t22_a_hundred_thousand_graphs_agree(self):
        agree(seed=2, count=100_000)


class TestCycles:
    def test_cross_holdings_are_solved_and_named(self):
        stakes = [company("A", "B", 50), company("B", "A", 50), person("Ann", "A", 50), person("Bob", "B", 50)]
        found = owners(stakes, "A")

        assert (found["Ann"].share, found["Bob"].share) == (exactly(Fraction(200, 3)), exactly(Fraction(100, 3)))
        assert problems(stakes, "A") == [("cycle", ("A", "B"))]

    def test_its_own_shares_are_nobodys(self):
        stakes = [company("Acme", "Acme", 20), person("Ann", "Acme", 20), person("Bob", "Acme", 60)]

        assert owners(stakes)["Ann"].share == exactly(25)
        assert answers(stakes) == {"Bob": True, "Ann": True}
        assert problems(stakes) == [("cycle", ("Acme",))]

    def test_what_owns_itself_wholly_leaves_every_answer_on_it_open(self):
        stakes = [company("A", "B", 100), company("B", "A", 100), person("Ann", "A", "0-10")]

        assert answers(stakes, "A") == {"Ann": None}
        assert ("self-owned", ("A", "B")) in problems(stakes, "A")
        assert beneficial_owners(stakes, of="A").unaccounted == UNKNOWN
        assert answers([*stakes, company("A", "Acme", 60), person("Bob", "Acme", 30)]) == {"Bob": True, "Ann": None}

    def test_an_entity_that_owns_itself_and_nothing_else_ends(self):
        found = beneficial_owners([company("Acme", "Acme", 100)], of="Acme")

        assert (found.owners, found.unaccounted, found.complete) == ((), exactly(100), False)
        assert [problem.kind for problem in found.problems] == [ProblemKind.SELF_OWNED, ProblemKind.CYCLE]

    def test_every_member_of_a_knot_is_in_a_cycle_that_is_named(self):
        stakes = [company("A", "B", 10), company("B", "C", 10), company("C", "A", 10), company("C", "B", 10)]
        stakes += [company("D", "A", 10), company("A", "D", 10), company("E", "A", 10)]

        assert [names for kind, names in problems(stakes, "A") if kind == "cycle"] == [
            ("A", "D"),
            ("B", "C"),
        ]
        assert [names for kind, names in problems(stakes[:3], "A") if kind == "cycle"] == [("A", "B", "C")]

    @pytest.mark.parametrize("ranges", [False, True])
    def test_t22_a_knot_of_two_hundred_entities_ends_soon(self, ranges):
        chance = random.Random(7)
        names = [f"E{n}" for n in range(200)]
        stakes = []
        for held in names:
            for holder in chance.sample(names, 3):
                low = chance.randint(0, 30)
                stakes.append(company(holder, held, f"{low}-{low + 40}" if ranges and low % 3 == 0 else low))
            stakes.append(person(f"P{chance.randrange(50)}", held, chance.randint(0, 10)))
        started = time.perf_counter()
        found = beneficial_owners(stakes, of="E0")

        assert time.perf_counter() - started < 30
        assert len(found.owners) > 40
        assert sum(owner.share.low for owner in found.owners) <= 1
        assert all(owner.share.high <= 1 for owner in found.owners)
        assert beneficial_owners(chance.sample(stakes, len(stakes)), of="E0") == found
        assert len(names) > LARGEST


class TestContradictions:
    """What contradicts itself is not relied upon, and never normalised."""

    def test_over_100_leaves_open_what_rests_on_it(self):
        stakes = [person("Ann", "Acme", 80), person("Bob", "Acme", "20.000000000001")]

        assert answers(stakes) == {"Ann": None, "Bob": None}
        assert problems(stakes) == [("over-100", ("Acme",))]
        assert beneficial_owners(stakes, of="Acme").complete is None

    def test_over_100_higher_up_leaves_others_alone(self):
        stakes = [person("Ann", "H", 80), person("Bob", "H", 80), company("H", "Acme", 30)]
        stakes += [person("Cem", "Acme", 60), person("Dan", "Acme", 10)]

        assert answers(stakes) == {"Cem": True, "Dan": False, "Ann": None, "Bob": None}
        assert answers([*stakes[:2], company("H", "Acme", 20)]) == {"Ann": False, "Bob": False}

    def test_bands_that_cannot_all_hold_are_over_100(self):
        assert problems([person("Ann", "Acme", ">50"), person("Bob", "Acme", ">=50")]) == [("over-100", ("Acme",))]
        assert problems([person("Ann", "Acme", ">=50"), person("Bob", "Acme", ">=50")]) == []

    def test_two_rows_for_one_stake_may_be_one_or_their_sum(self):
        stakes = [person("Ann", "Acme", 20), person("Ann", "Acme", 20), person("Bob", "Acme", "40")]
        found = owners(stakes)

        assert found["Ann"].share == Interval(Fraction(1, 5), Fraction(2, 5))
        assert answers(stakes) == {"Bob": True, "Ann": None}
        assert problems(stakes)[0] == ("repeated", ("Ann", "Acme"))
        assert owners([person("Ann", "Acme", 30), person("Ann", "Acme", 20)])["Ann"].share == parse_share("20-50")

    def test_a_holder_of_unknown_kind_may_be_an_owner(self):
        stakes = [Stake("X", None, "Acme", 40), Stake("Y", None, "Acme", 10), person("Ann", "Acme", 50)]
        found = beneficial_owners(stakes, of="Acme")

        assert answers(stakes) == {"Ann": True, "X": None, "Y": False}
        assert found.unaccounted == parse_share("0-50")
        assert found.complete is None
        assert problems(stakes) == [("unknown-kind", ("X",)), ("unknown-kind", ("Y",))]

    def test_an_individual_cannot_be_held(self):
        stakes = [person("Ann", "Bob", 100), person("Bob", "Acme", 60), person("Cem", "Acme", 40)]

        assert answers(stakes) == {"Cem": True, "Bob": None, "Ann": None}
        assert ("two-kinds", ("Bob",)) in problems(stakes)
        assert answers([person("Acme", "Acme", 10), person("Ann", "Acme", 90)]) == {"Ann": None}

    def test_who_is_an_individual_and_an_entity_is_neither_for_certain(self):
        stakes = [person("X", "H", 100), company("H", "Acme", 50), company("X", "Acme", 50)]

        assert answers(stakes) == {"X": None}
        assert problems(stakes) == [("two-kinds", ("X",))]


class TestMissingParts:
    def test_a_part_held_by_nobody_listed_is_named(self):
        found = beneficial_owners([person("Ann", "Acme", 50), person("Bob", "Acme", "10-20")], of="Acme")

        assert found.unaccounted == parse_share("30-40")
        assert found.complete is False
        assert [str(problem) for problem in found.problems] == [
            "Of Acme a part is held by somebody not listed: 30 to 40 %."
        ]

    def test_a_small_part_can_make_nobody_an_owner(self):
        found = beneficial_owners([person("Ann", "Acme", 80), person("Bob", "Acme", 5)], of="Acme")

        assert (found.unaccounted, found.complete) == (exactly(15), True)

    def test_a_small_part_may_lift_somebody_who_is_listed(self):
        assert beneficial_owners([person("Ann", "Acme", 80), person("Bob", "Acme", 10)], of="Acme").complete is True
        assert beneficial_owners([person("Ann", "Acme", 70), person("Bob", "Acme", 20)], of="Acme").complete is False
        assert beneficial_owners([person("Ann", "Acme", "70-76")], of="Acme").complete is None
        assert beneficial_owners([person("Ann", "Acme", ">75")], of="Acme").complete is True
        assert beneficial_owners([person("Ann", "Acme", ">=75")], of="Acme").complete is None

    def test_without_stakes_all_is_missing(self):
        found = beneficial_owners([], of="Acme")

        assert (found.owners, found.unaccounted, found.complete) == ((), exactly(100), False)
        assert problems([]) == [("missing", ("Acme",))]

    def test_an_entity_without_holders_is_named(self):
        stakes = [company("H", "Acme", 40), person("Ann", "Acme", 60)]

        assert problems(stakes) == [("missing", ("H",))]
        assert beneficial_owners(stakes, of="Acme").unaccounted == exactly(40)

    def test_stakes_elsewhere_are_left_aside(self):
        stakes = [person("Ann", "Acme", 100), person("Bob", "Other", 150 - 80), person("Bob", "Other", 70)]

        assert answers(stakes) == {"Ann": True}
        assert problems(stakes) == []


class TestRanges:
    """Bands as the register of persons with significant control has them."""

    @pytest.mark.parametrize(
        ("band", "low", "high", "answer"),
        [
            ("25-50", "25", "50", True),
            ("25 – 50 %", "25", "50", True),  # noqa: RUF001
            ("25% to 50%", "25", "50", True),
            ("more than 25", ">25", "100", True),
            (">25", ">25", "100", True),
            ("More than 25% but not more than 50%", ">25", "50", True),
            ("over 25% up to and including 50%", ">25", "50", True),
            ("more than 50% but less than 75%", ">50", "<75", True),
            ("75% or more", "75", "100", True),
            ("at least 25 percent", "25", "100", True),
            ("at least 24.9", "24.9", "100", None),
            (">20", ">20", "100", None),
            ("20-30", "20", "30", None),
            ("<=50", "0", "50", None),
            ("<= 25", "0", "25", None),
            ("up to 25", "0", "25", None),
            ("25 or less", "0", "25", None),
            ("<25", "0", "<25", False),
            ("less than 25%", "0", "<25", False),
            ("10-<25", "10", "<25", False),
            (">10<=20", ">10", "20", False),
            ("≥10, ≤20", "10", "20", False),
            ("0-24.999999999999", "0", "24.999999999999", False),
            ("", "0", "100", None),
            ("  unknown ", "0", "100", None),
            (None, "0", "100", None),
        ],
    )
    def test_t23_a_band_answers_unless_the_threshold_lies_within(self, band, low, high, answer):
        expected = Interval(
            Fraction(low.lstrip(">")) / 100, Fraction(high.lstrip("<")) / 100, low[0] == ">", high[0] == "<"
        )

        assert parse_share(band) == expected
        assert answers([person("Ann", "Acme", band)]) == {"Ann": answer}

    @pytest.mark.parametrize(
        "share",
        [0.25, 25.0, True, "25 50", "-1", "1e1", "٢٥", "25-", "-25", "50-25", ">25-25", "25;50", "1000", "<0", ">100",
         "101", "24.9999999999999", "about 25", "a" * 100, "0.25.0", "25%%", Decimal("NaN"), Decimal("Infinity"),
         Decimal("1e-999999"), Decimal("1e999999"), -1, 101, Fraction(101), b"25", [25]],
    )  # fmt: skip
    def test_what_is_no_share_is_refused_without_showing_it(self, share):
        with pytest.raises(RecordError) as caught:
            person("Ann", "Acme", share)

        [(place, code)] = caught.value.faults
        assert (place, code in {faults.BAD_SHARE.code, faults.SHARE_OUT_OF_RANGE.code}) == ("share", True)
        assert str(share) not in str(caught.value) or share in {True, 25.0, -1, 101, "-1", "25-", "101"}

    @pytest.mark.parametrize(
        ("holder", "kind", "held"),
        [("", None, "A"), (" ", None, "A"), ("A", None, 5), ("A", None, ""), (None, None, "A"), ("A\nB", None, "A")],
    )
    def test_a_party_without_a_name_is_refused(self, holder, kind, held):
        with pytest.raises(RecordError):
            Stake(holder, kind, held, 1)

    def test_a_kind_that_there_is_not_is_refused(self):
        with pytest.raises(RecordError) as caught:
            Stake("A", "person", "B", 1)

        assert caught.value.faults == (("holder_kind", faults.UNKNOWN_CHOICE.code),)

    def test_codes_of_faults_are_those_of_the_table(self):
        assert (faults.BAD_SHARE.code, faults.SHARE_OUT_OF_RANGE.code) == ("K914", "K915")
        assert (faults.CONTROL_CHARACTER.code, faults.UNKNOWN_CHOICE.code) == ("K903", "K917")

    def test_ranges_multiply_along_a_chain(self):
        stakes = [person("Ann", "H", ">50"), company("H", "Acme", "25-50")]

        assert str(owners(stakes)["Ann"].share) == "more than 12.5 to 50 %"
        assert str(owners(stakes)["Ann"].chains[0].share) == "more than 12.5 to 50 %"

    def test_what_others_certainly_have_is_out_of_reach(self):
        stakes = [person("Ann", "Acme", "0-50"), person("Bob", "Acme", ">75")]

        assert str(owners(stakes)["Ann"].share) == "0 to less than 25 %"
        assert answers(stakes) == {"Bob": True, "Ann": False}

    def test_a_range_can_be_written_as_an_interval(self):
        assert person("Ann", "Acme", parse_share("25-50")) == person("Ann", "Acme", "25 to 50")


def corners(edges, held):
    """All ways to share out an entity in which the holders, in some order, take as much as they may."""
    found = set()
    for order in permutations(edges[held]):
        given = {holder: low for holder, (low, _) in edges[held].items()}
        for holder in order:
            given[holder] += min(edges[held][holder][1] - given[holder], 1 - sum(given.values()))
        found.add(tuple(sorted(given.items())))
    lows = {holder: low for holder, (low, _) in edges[held].items()}
    found.add(tuple(sorted(lows.items())))
    return found


class TestRangesInRandomGraphs:
    """The ends are the least and the greatest over all ways to share out every entity."""

    def test_no_way_to_share_out_goes_beyond_the_ends_and_some_reach_them(self):
        chance = random.Random(11)
        seen = 0
        while seen < 400:
            entities = ["E0", "E1", "E2"][: chance.randint(1, 3)]
            edges = {}
            for held in entities:
                holders = chance.sample(["Ann", "Bob", *entities], chance.randint(1, 3))
                edges[held] = {}
                for holder in holders:
                    low = Fraction(chance.choice((0, 0, 10, 20, 30)), 100)
                    edges[held][holder] = low, min(Fraction(1), low + Fraction(chance.choice((0, 20, 50, 100)), 100))
            ways = [corners(edges, held) for held in entities]
            totals = {"Ann": set(), "Bob": set()}
            for way in product(*ways):
                shares = {(holder, held): s for held, row in zip(entities, way, strict=True) for holder, s in row}
                for name, found in totals.items():
                    try:
                        found.add(by_equations(shares, entities, name)["E0"])
                    except StopIteration:  # a corner in which somebody owns itself wholly
                        continue
            stakes = [
                Stake(holder, "individual" if holder in totals else "entity", held, Interval(*ends))
                for held, row in edges.items()
                for holder, ends in row.items()
            ]
            found = owners(stakes, "E0")
            for name in found:
                seen += 1
                assert found[name].share.low == min(totals[name])
                assert found[name].share.high == max(totals[name])

    def test_in_a_large_knot_the_high_end_is_never_too_low(self, monkeypatch):
        chance = random.Random(13)
        for _ in range(200):
            names = "ABCD"
            bands = ["0", "10", "20", "25-50", "<30", ">5", None]
            rows = {(chance.choice("PQ" + names), chance.choice(names)): chance.choice(bands) for _ in range(8)}
            stakes = [Stake(a, "individual" if a in "PQ" else "entity", b, share) for (a, b), share in rows.items()]
            sought = owners(stakes, "A")
            with monkeypatch.context() as patch:
                patch.setattr("kycrule.ownership.LARGEST", 0)
                coarse = owners(stakes, "A")
            for name, owner in sought.items():
                assert coarse[name].share.low == owner.share.low
                assert coarse[name].share.high >= owner.share.high
                assert coarse[name].is_beneficial_owner in {owner.is_beneficial_owner, None}

    def test_in_a_large_knot_what_others_certainly_have_stays_out_of_reach(self, monkeypatch):
        monkeypatch.setattr("kycrule.ownership.LARGEST", 0)

        assert owners([person("Ann", "Acme", 80), person("Bob", "Acme", "0-10")])["Bob"].share == parse_share("0-20")

    def test_open_ends_stay_open_through_cycles(self):
        stakes = [person("Ann", "Acme", "<20"), company("H", "Acme", 20), company("Acme", "H", 100)]

        assert str(owners(stakes)["Ann"].share) == "0 to less than 25 %"
        assert answers(stakes) == {"Ann": False}

    def test_the_best_way_may_have_to_be_found_in_steps(self):
        stakes = [company("B", "A", "0-100"), company("A", "B", "0-100"), person("Ann", "A", "0-30")]
        stakes += [person("Ann", "B", "0-40"), company("H", "A", "0-100"), person("Ann", "H", 40)]

        assert owners(stakes, "A")["Ann"].share == parse_share("0-100")


class TestChains:
    """The chain that makes somebody a beneficial owner is shown."""

    def test_as_many_as_reach_the_threshold_strongest_first(self):
        stakes = [person("Ann", "Acme", 10), person("Ann", "H", 50), company("H", "Acme", 40), company("J", "Acme", 50)]
        stakes += [person("Ann", "J", 2)]
        owner = owners(stakes)["Ann"]

        assert owner.share == exactly(31)
        assert owner.direct == exactly(10)
        assert [str(chain) for chain in owner.chains] == [
            "Ann -> 50 % of H -> 40 % of Acme",
            "Ann -> 10 % of Acme",
        ]

    def test_one_that_reaches_it_is_enough(self):
        stakes = [person("Ann", "Acme", 25), person("Ann", "H", 10), company("H", "Acme", 40)]

        assert [chain.names for chain in owners(stakes)["Ann"].chains] == [("Ann", "Acme")]

    def test_of_one_below_it_all_are_shown(self):
        stakes = [person("Ann", "Acme", 10), person("Ann", "H", 10), company("H", "Acme", 40)]

        assert len(owners(stakes)["Ann"].chains) == 2

    def test_a_way_round_a_cycle_is_not_shown_but_counted(self):
        stakes = [person("Ann", "H", 24), company("H", "Acme", 100), company("H", "H", 10)]
        owner = owners(stakes)["Ann"]

        assert owner.is_beneficial_owner
        assert [chain.names for chain in owner.chains] == [("Ann", "H", "Acme")]

    def test_there_is_no_chain_to_nothing(self):
        assert owners([person("Ann", "Acme", 0)])["Ann"].chains == ()

    def test_no_more_than_a_few_are_shown_or_looked_for(self):
        wide = [stake for n in range(20) for stake in (person("Ann", f"H{n}", 20), company(f"H{n}", "Acme", 5))]
        assert len(owners(wide)["Ann"].chains) == CHAINS

        layers = [[f"L{level}.{place}" for place in range(4)] for level in range(8)]
        deep = [company(a, b, 1) for low, high in pairwise(layers) for a in high for b in low if (a, b)]
        deep += [company(a, "Acme", 25) for a in layers[0]] + [person("Ann", a, 1) for a in layers[-1]]
        assert len(owners(deep)["Ann"].chains) == CHAINS

    def test_looking_for_chains_stops(self):
        knot = [company(f"K{a}", f"K{b}", "5") for a in range(14) for b in range(14) if a != b]
        knot += [company("C", f"K{n}", 5) for n in range(14)] + [company(f"K{n}", "C", 5) for n in range(14)]
        found = owners([*knot, person("Ann", "C", 9), company("C", "Acme", 100)])["Ann"]

        assert [chain.names for chain in found.chains] == [("Ann", "C", "Acme")]


class TestResults:
    def test_the_order_of_rows_changes_nothing(self):
        stakes = [person(name, "Acme", "20") for name in ("Dan", "Ann", "Cem", "Bob")] + [company("H", "Acme", 20)]
        found = beneficial_owners(stakes, of="Acme")

        assert [owner.name for owner in found.owners] == ["Ann", "Bob", "Cem", "Dan"]
        assert found == beneficial_owners(reversed(stakes), of="Acme")
        assert found.beneficial_owners == ()

    def test_greatest_first(self):
        found = beneficial_owners([person("Ann", "Acme", 30), person("Bob", "Acme", 60)], of="Acme")

        assert [owner.name for owner in found.beneficial_owners] == ["Bob", "Ann"]
        assert list(owners([person("Ann", "Acme", "20-30"), person("Bob", "Acme", "20-40")])) == ["Bob", "Ann"]

    def test_percentages_are_written_exactly_or_say_that_they_are_not(self):
        assert str(exactly("12.5")) == "12.5 %"
        assert str(exactly(100)) == "100 %"
        assert str(exactly(Fraction(200, 3))) == "about 66.666667 %"
        assert str(parse_share("<50")) == "0 to less than 50 %"

    def test_each_problem_is_a_sentence(self):
        stakes = [company("A", "B", 100), company("B", "A", 100), Stake("X", None, "A", "0-1"), company("A", "A", 0)]
        stakes += [person("Y", "Acme", 30), company("Y", "Acme", 30), company("A", "Acme", 30), company("Z", "Acme", 2)]
        stakes += [company("O", "Acme", 1), person("P", "O", 60), person("Q", "O", 60)]
        found = beneficial_owners(stakes, of="Acme").problems

        assert {problem.kind for problem in found} == set(ProblemKind)
        assert all(str(problem).endswith(".") and "{" not in str(problem) for problem in found)

    @settings(max_examples=200)
    @given(st.lists(st.tuples(st.sampled_from("PQABC"), st.sampled_from("ABC"), st.sampled_from(
        ["0", "10", "25", "50", "100", ">25", "<25", "25-50", "<50", ">50", None])), max_size=8))  # fmt: skip
    def test_nothing_is_over_100_and_answers_fit_shares(self, rows):
        stakes = [Stake(a, "individual" if a in "PQ" else "entity", b, share) for a, b, share in rows]
        found = beneficial_owners(stakes, of="A")

        for owner in found.owners:
            assert 0 <= owner.share.low <= owner.share.high <= 1
            assert owner.is_beneficial_owner is owner.share.reaches(AT_LEAST)
        assert found.unaccounted.high == 1 - sum(owner.share.low for owner in found.owners)
