"""Packages of the Beneficial Ownership Data Standard, read as stakes."""

import json
import traceback
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from kycrule import bods
from kycrule.errors import InputError
from kycrule.ownership import UNKNOWN, Stake, beneficial_owners

EXAMPLES = Path(__file__).parent / "data/bods-examples/examples"
PACKAGES = sorted(EXAMPLES.glob("*.json"))


def stakes(name, **arguments):
    return [
        (stake.holder, stake.holder_kind, stake.held, str(stake.interval))
        for stake in bods.read(EXAMPLES / f"{name}.json", **arguments)
    ]


def relationship(interests, *, record="r", party="ann", subject="acme", **details):
    details = {"subject": subject, "interestedParty": party, "interests": interests, **details}
    return {"recordId": record, "recordType": "relationship", "recordDetails": details}


def shareholding(share, **fields):
    return {"type": "shareholding", "directOrIndirect": "direct", "share": share, **fields}


def said(*statements, **arguments):
    return {(stake.holder, stake.held): str(stake.interval) for stake in bods.read(list(statements), **arguments)}


class TestPublishedExamples:
    @pytest.mark.parametrize("path", PACKAGES, ids=lambda path: path.stem)
    def test_every_package_is_read_alike_from_a_file_and_from_a_list(self, path):
        assert bods.read(path) == bods.read(json.loads(path.read_text("utf-8")))

    def test_there_are_nineteen(self):
        assert len(PACKAGES) == 19

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("bods-package", [("10478c6cf6de", "individual", "c359f58d2977", "100 %")]),
            ("bods-package-annotations", [("387a14452645", "entity", "22e8a31863ee", "0 to 100 %")]),
            (
                "bods-package-entity-owning-entity",
                [("e83cce729ada", "entity", "12b7dd0770ce", "75 to less than 100 %")],
            ),
            (
                "bods-package-linking-annotations",
                [("0fc263ba4126", "individual", "a01c1a0863e2", "more than 25 to less than 50 %")],
            ),
            ("fermcat", [("per-41c0bb0cef246f7c", "individual", "ent-93c75c87ab28f889", "100 %")]),
            ("tecido", [("033E84672B", "entity", "01B68D7633", "80 %")]),
            (
                "listed-company-exempt-from-disclosure",
                [("unspecified in fa402c4818f9", None, "4c7ea3bfbe6c", "0 to 100 %")],
            ),
            ("simple-pep-declaration", [("c9ceb68d7241", "individual", "841083ba86e3", "25 to less than 50 %")]),
            ("levent", []),
            ("plc-entity-statement", []),
        ],
    )
    def test_stakes_are_those_that_hold_now(self, name, expected):
        assert stakes(name) == expected

    def test_the_past_can_be_asked_for(self):
        both = [
            ("per-5faa4103dee78621", "individual", "ent-93c75c87ab28f889", "50 %"),
            ("per-41c0bb0cef246f7c", "individual", "ent-93c75c87ab28f889", "50 %"),
        ]

        assert stakes("fermcat", as_of=date(2020, 1, 1)) == both
        assert stakes("fermcat", as_of=date(2019, 1, 1)) == []
        assert [share for *_, share in stakes("tecido", as_of=date(2022, 10, 1))] == ["30 %", "70 %"]

    def test_joint_owners_are_found_behind_their_arrangement(self):
        found = beneficial_owners(bods.read(EXAMPLES / "joint-ownership.json"), of="31c55e425764")
        names = bods.names(EXAMPLES / "joint-ownership.json")

        assert [(names[owner.name], str(owner.share)) for owner in found.beneficial_owners] == [
            ("Natalie Coleman", "50 %"),
            ("Roberto Lopez", "50 %"),
        ]
        assert found.complete

    def test_what_is_exempt_from_disclosure_is_missing(self):
        path = EXAMPLES / "listed-company-exempt-from-disclosure.json"
        found = beneficial_owners(bods.read(path), of="4c7ea3bfbe6c")

        assert (found.complete, found.unaccounted) == (None, UNKNOWN)
        assert [owner.is_beneficial_owner for owner in found.owners] == [None]


class TestPublishedIndirectInterests:
    """Chains in a package come to what it sums up itself."""

    CHAINED = (
        "indirect-ownership",
        "mixed-direct-and-indirect-ownership",
        "multiple-indirect-ownership",
        "mutilple-indirect-ownership-2",
        "bods-package-fi-soe",
    )

    def test_these_are_the_packages_that_publish_one(self):
        assert {path.stem for path in PACKAGES if bods.published_indirect(path)} == set(self.CHAINED)

    @pytest.mark.parametrize("name", CHAINED)
    def test_they_are_reproduced(self, name):
        path = EXAMPLES / f"{name}.json"
        [published] = bods.published_indirect(path)
        found = bods.read(path)
        direct = sum(s.interval.low for s in found if (s.holder, s.held) == (published.holder, published.held))
        expected = published.interval.low + direct

        # The examples leave one link of each chain open: ours is the range of all it may be ...
        ours = self.total(found, published, unknown=None)
        assert ours.low == direct
        assert ours.low <= expected <= ours.high

        # ... and exactly the published share once that link is what the declarant must have known.
        link = published.interval.low / (ours.high - direct)
        exact = self.total(found, published, unknown=link * 100)
        assert exact.low == exact.high == expected

    def test_a_package_with_exact_links_comes_to_its_indirect_interest_at_once(self):
        package = [
            relationship([shareholding({"exact": 60})], record="1", party="ann", subject="hold", isComponent=True),
            relationship([shareholding({"exact": 50})], record="2", party="hold", isComponent=True),
            relationship(
                [shareholding({"exact": 30}, directOrIndirect="indirect")],
                record="3",
                componentRecords=["hold", "1", "2"],
            ),
            {"recordId": "ann", "recordType": "person", "recordDetails": {}},
        ]
        [published] = bods.published_indirect(package)

        assert (published.holder, published.held) == ("ann", "acme")
        assert self.total(bods.read(package), published, unknown=None) == published.interval

    @staticmethod
    def total(found, published, *, unknown):
        held = [
            Stake(
                s.holder,
                "individual" if s.holder == published.holder else s.holder_kind,
                s.held,
                unknown if unknown is not None and str(s.interval) == "0 to 100 %" else s.interval,
            )
            for s in found
        ]
        [owner] = [one for one in beneficial_owners(held, of=published.held).owners if one.name == published.holder]
        return owner.share


class TestInterests:
    @pytest.mark.parametrize(
        ("share", "expected"),
        [
            ({"exact": 25}, "25 %"),
            ({"exact": 33.3}, "33.3 %"),
            ({"minimum": 25, "maximum": 50}, "25 to 50 %"),
            ({"exclusiveMinimum": 25, "maximum": 50}, "more than 25 to 50 %"),
            ({"minimum": 25, "exclusiveMinimum": 25}, "more than 25 to 100 %"),
            ({"maximum": 25, "exclusiveMaximum": 25}, "0 to less than 25 %"),
            ({}, "0 to 100 %"),
            (None, "0 to 100 %"),
        ],
    )
    def test_shares_are_exact_or_ranges(self, share, expected):
        assert said(relationship([shareholding(share)])) == {("ann", "acme"): expected}

    def test_parcels_of_one_relationship_are_added(self):
        assert said(relationship([shareholding({"exact": 10.1}), shareholding({"exact": 14.9})])) == {
            ("ann", "acme"): "25 %"
        }
        parcels = [shareholding({"exclusiveMinimum": 50}), shareholding({"exclusiveMinimum": 20, "maximum": 60})]
        assert said(relationship(parcels)) == {("ann", "acme"): "more than 70 to 100 %"}

    def test_voting_rights_stand_in_only_where_there_is_no_shareholding(self):
        votes = shareholding({"exact": 70}, type="votingRights")

        assert said(relationship([votes])) == {("ann", "acme"): "70 %"}
        assert said(relationship([votes, shareholding({"exact": 10})])) == {("ann", "acme"): "10 %"}

    def test_a_board_seat_is_no_stake(self):
        assert said(relationship([{"type": "boardMember", "directOrIndirect": "direct"}])) == {}

    def test_a_component_of_a_chain_without_a_share_is_an_unknown_one(self):
        control = {"type": "otherInfluenceOrControl", "directOrIndirect": "direct"}
        chain = relationship(
            [shareholding({"exact": 5}, directOrIndirect="indirect")], record="2", componentRecords=["r"]
        )

        assert said(relationship([control], isComponent=True)) == {("ann", "acme"): "0 to 100 %"}
        assert said(relationship([control], subject="hold"), chain) == {("ann", "hold"): "0 to 100 %"}

    def test_a_shareholding_that_may_be_indirect_counts_as_stated_if_it_stands_alone(self):
        perhaps = relationship([{"type": "shareholding", "share": {"minimum": 30, "exclusiveMaximum": 50}}])
        other = relationship([shareholding({"exact": 60})], record="2", subject="hold")

        assert said(perhaps) == {("ann", "acme"): "30 to less than 50 %"}
        assert said(perhaps, other) == {("ann", "acme"): "0 to less than 50 %", ("ann", "hold"): "60 %"}

    def test_a_part_that_may_be_indirect_beside_a_direct_one_raises_only_the_high_end(self):
        parts = [shareholding({"exact": 30}), shareholding({"exact": 20}, directOrIndirect=None)]

        assert said(relationship(parts)) == {("ann", "acme"): "30 to 50 %"}

    def test_a_month_or_a_year_begins_with_its_first_day(self):
        for end in ("2024", "2024-01"):
            ended = relationship([shareholding({"exact": 60}, endDate=end)])
            assert said(ended, as_of=date(2023, 12, 31)) == {("ann", "acme"): "60 %"}
            assert said(ended, as_of=date(2024, 1, 1)) == {}

    def test_an_interest_that_ended_is_over(self):
        ended = relationship([shareholding({"exact": 60}, startDate="2020-01-01", endDate="2024-06-01")])

        assert said(ended) == {}
        assert said(ended, as_of=date(2024, 5, 31)) == {("ann", "acme"): "60 %"}
        assert said(ended, as_of=date(2024, 6, 1)) == {}
        assert said(ended, as_of=date(2019, 6, 1)) == {}

    def test_of_several_statements_the_last_counts(self):
        first = {**relationship([shareholding({"exact": 60})]), "statementDate": "2024-01-02"}
        second = {**relationship([shareholding({"exact": 40})]), "statementDate": "2024-01-02T00:00:00+05:00"}
        closed = {**second, "statementDate": "2024-03-01", "recordStatus": "closed"}

        assert said(second, first) == said(first, second) == {("ann", "acme"): "60 %"}
        assert said(first, {**second, "statementDate": "2024-01-02"}) == {("ann", "acme"): "40 %"}
        assert said(closed, first) == {}
        assert said(closed, first, as_of=date(2024, 2, 1)) == {("ann", "acme"): "60 %"}

    def test_names_are_those_of_parties(self):
        person = {"recordId": "p", "recordType": "person", "recordDetails": {"names": [{"fullName": "Ann"}]}}
        entity = {"recordId": "e", "recordType": "entity", "recordDetails": {"name": "Acme"}}
        nameless = {"recordId": "n", "recordType": "person", "recordDetails": {"names": []}}

        assert bods.names([person, entity, nameless, relationship([])]) == {"p": "Ann", "e": "Acme"}


class TestRefusals:
    """What is no package is refused, and none of its values is shown."""

    @pytest.mark.parametrize(
        "package",
        [
            {"secret": 1},
            None,
            ["secret"],
            [{}],
            [{"recordId": "secret"}],
            [{"recordId": "secret", "recordType": "secret", "recordDetails": {}}],
            [{"recordId": "secret", "recordType": "entity"}],
            [{"recordId": "secret", "recordType": "entity", "recordDetails": {}, "statementDate": "secret"}],
            [{"recordId": "secret", "recordType": "entity", "recordDetails": {}, "statementDate": 5}],
            [{"statementID": "secret", "statementType": "entityStatement"}],
            [relationship("secret")],
            [relationship(["secret"])],
            [relationship([], subject=None)],
            [relationship([], party=["secret"])],
            [relationship([], party="secret\nline")],
            [relationship([], componentRecords="secret")],
            [relationship([shareholding("secret")])],
            [relationship([shareholding({"exact": "secret"})])],
            [relationship([shareholding({"exact": True})])],
            [relationship([shareholding({"exact": 100.5})])],
            [relationship([shareholding({"exact": -1})])],
            [relationship([shareholding({"exact": 1e-300})])],
            [relationship([shareholding({"exact": float("nan")})])],
            [relationship([shareholding({"minimum": 50, "maximum": 25})])],
            [relationship([shareholding({"exact": 60}), shareholding({"exact": 60})])],
            [relationship([shareholding({"exact": 60}, endDate="secret")])],
        ],
    )
    def test_a_wrong_shape(self, package):
        with pytest.raises(InputError) as caught:
            bods.read(package, as_of=date(2024, 1, 1))

        told = "".join(line for line in traceback.format_exception(caught.value) if not line.startswith("  File"))
        assert "secret" not in told
        assert "0.4" in told
        assert caught.value.__suppress_context__

    @pytest.mark.parametrize(
        "content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"secret": 1}', b"[" + b"9" * 5000 + b"]"]
    )
    def test_a_file_that_is_no_package(self, tmp_path, content):
        path = tmp_path / "package.json"
        path.write_bytes(content)

        with pytest.raises(InputError) as caught:
            bods.read(str(path))

        assert "secret" not in str(caught.value)

    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(InputError):
            bods.published_indirect(tmp_path / "absent.json")

    def test_decimals_of_a_file_are_exact(self, tmp_path):
        path = tmp_path / "package.json"
        path.write_text(
            json.dumps([relationship([shareholding({"exact": 1})])]).replace(": 1}", ": 24.9999999999999999999}")
        )

        assert bods.read(path)[0].interval.low < Fraction(1, 4)
