"""Agreement is shown, not sampled: every state of the facts on which a definition or rule depends.

Each input is reduced to yes, no or unknown, and every combination is judged three times: by the plain
oracle in ``tests/oracle.py``, by the engine for one record and by DuckDB.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from itertools import combinations_with_replacement, islice, product

import oracle
import pytest
import worlds
from worlds import AS_OF, NOBODY, World

from kycrule.binding import bind
from kycrule.bound import Rows, Term, leaves
from kycrule.determine import program
from kycrule.engines.duckdb import Engine
from kycrule.engines.record import Judge
from kycrule.engines.trace import World as Asked
from kycrule.engines.trace import truth_of
from kycrule.expr import Subject
from kycrule.findings import Outcome, settle
from kycrule.law import SUBPART_D
from kycrule.provisions import Of
from kycrule.readings import READINGS, Readings, named
from kycrule.records import Access, BeneficialOwner, Customer, Provider

TRUTHS = (True, False, None)
GIVEN = ("x", None)
LISTS = (("x",), None)
KINDS = ("individual", "entity", None)
COUNTRIES = ("US", "DE", None)
BEFORE, OPENED, AFTER = date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)
OPTIONS = {reading.name: [option.value for option in reading.options] for reading in READINGS}
FEW = 3

ACCOUNT = Customer.read({"account_id": "a", "us_person_verified": True, "owners_known": True, "opened_for": "customer"})
OWNER = BeneficialOwner.read({"owner_id": "o", "us_person_verified": True})
PROVIDER = Provider.read({"id": "p"})

SERVED_BY = {
    True: PROVIDER.model_copy(update={"organized_in": "US", "offers_iaas": True, "product_us_owned": True}),
    False: PROVIDER.model_copy(update={"offers_iaas": False}),
    None: PROVIDER,
}
"""Whether the CIP requirements apply to whoever serves the account."""

STATUS = {
    True: {"located_in": "US"},
    False: {"citizenships": ("DE",), "us_permanent_resident": False, "organized_in": "DE", "located_in": "DE"},
    None: {},
}
"""Whether a party of any kind is a U.S. person."""

OWNERSHIP = {
    True: {"substantial_control": True},
    False: {"substantial_control": False, "share": Decimal(0)},
    None: {},
}
"""Whether an owner is a beneficial owner."""


# Judging ------------------------------------------------------------------------------------------


def states(**facts):
    """Every combination of some values of some facts."""
    return [dict(zip(facts, values, strict=True)) for values in product(*facts.values())]


def record(blank, *facts):
    # The values are of the right types: to check each record would take most of the time.
    return blank.model_copy(update={name: value for given in facts for name, value in given.items()})


def by_oracle(world, readings):
    answer = oracle.judge(
        world.customer,
        world.provider,
        world.upstream,
        world.parent,
        AS_OF,
        readings,
        world.unread_owners,
        world.unread_accesses,
    )
    training = list(by_oracle_of_training(world, answer, readings))
    subjects = (world.customer.account_id, *(owner.owner_id for owner in world.customer.owners))
    return {
        "disposition": answer.disposition,
        "basis": answer.basis,
        "foreign_customer": answer.foreign_customer,
        "foreign_owner": answer.foreign_owner,
        "foreign_reseller": answer.foreign_reseller,
        "reports_due": [*answer.reports, *(due for _, _, dues in training for due in dues)],
        "retain_until": answer.retain_until,
        "findings": {
            (subject if place == 0 else subject or f"#{place}", code, outcome)
            for place, (subject, duties) in enumerate(
                zip(subjects, (answer.of_account, *answer.of_owners), strict=True)
            )
            for code, outcome in duties.items()
            if outcome in {oracle.VIOLATED, oracle.UNDETERMINED}
        }
        | {
            (subject, code, outcome)
            for subject, duties, _ in training
            for code, outcome in duties.items()
            if outcome in {oracle.VIOLATED, oracle.UNDETERMINED}
        },
    }


def by_oracle_of_training(world, answer, readings):
    customer, provider, parent = map(oracle.plain, (world.customer, world.provider, world.parent))
    owners = [oracle.plain(owner) for owner in world.customer.owners]
    alone = oracle.us_persons_alone(customer, owners, readings, world.unread_owners)
    for transaction in world.training:
        outcomes, dues = oracle.judge_training(
            *(oracle.plain(transaction), customer, answer.foreign_customer),
            *(provider, parent, alone, AS_OF, readings, world.unread_owners, world.unread_accesses),
        )
        yield transaction.transaction_id, outcomes, dues


def in_plain(answer):
    return {
        "disposition": answer.disposition.value,
        "basis": answer.basis,
        "foreign_customer": answer.foreign_customer,
        "foreign_owner": answer.foreign_owner,
        "foreign_reseller": answer.foreign_reseller,
        "reports_due": [(report.kind, report.due) for report in answer.reports_due],
        "retain_until": answer.retain_until,
        "findings": {(found.subject, found.code, found.outcome.value) for found in answer.findings},
    }


def disagreements(cases, readings, *, duckdb=True):
    """The first few worlds on which the oracle and the engines are not of one mind."""
    answers = worlds.by_record(cases, readings)
    others = worlds.by_duckdb(cases, readings) if duckdb else answers
    plainly = readings.all()

    def found():
        for case, answer, other in zip(cases, answers, others, strict=True):
            if answer != other:
                yield case, answer, other
            one, told = by_oracle(case, plainly), in_plain(answer)
            if one != told:
                yield case, {name: (one[name], told[name]) for name in one if one[name] != told[name]}

    return list(islice(found(), FEW))


def differing(cases, *answers):
    """The first few cases to which the answers are not all the same."""
    together = zip(cases, zip(*answers, strict=True), strict=True)
    return list(islice(((case, told) for case, told in together if len(set(told)) > 1), FEW))


@pytest.fixture(scope="module")
def engine():
    running = Engine()
    yield running
    running.close()


# § 7.301: U.S. persons ----------------------------------------------------------------------------

STATUS_ALONE = replace(
    SUBPART_D, grounds=SUBPART_D.grounds[-1:], rules=SUBPART_D.rules[:1], reports=SUBPART_D.reports[:1]
)
"""The regulation with little but the definitions of parties."""

PARTY_STATES = states(
    kind=KINDS,
    citizenships=(None, ("US",), ("DE",), ("AS",), ("AS", "CN")),
    us_permanent_resident=TRUTHS,
    organized_in=COUNTRIES,
    located_in=COUNTRIES,
    country=COUNTRIES,
    military_box=(None,),
    street_address=(None,),
) + states(
    # A military box matters only where nothing but an address in the U.S. could locate the party.
    kind=KINDS,
    citizenships=(None, ("US",), ("DE",), ("AS",), ("AS", "CN")),
    us_permanent_resident=TRUTHS,
    organized_in=COUNTRIES,
    located_in=(None,),
    country=("US",),
    military_box=("APO AE 09096",),
    street_address=GIVEN,
)


STATUS_READINGS = states(
    **{name: OPTIONS[name] for name in ("located", "us_presence", "us_nationals", "permanent_residence")}
)


def test_status_of_a_party_is_the_same_in_every_state_and_reading(engine):
    cases = [
        World(
            customer=record(
                ACCOUNT,
                facts,
                {"owners": (record(OWNER, facts, OWNERSHIP[True], {"kind": "individual"}),)},
            ),
            provider=SERVED_BY[True],
        )
        for facts in PARTY_STATES
    ]
    worlds.load(engine, cases)

    for chosen in STATUS_READINGS:
        readings = named(chosen)
        plainly = readings.all()
        bound = bind(STATUS_ALONE, readings)
        judge = Judge(bound)
        judged = [judge(case.customer, case.provider, NOBODY, NOBODY, AS_OF) for case in cases]
        engine.judge(bound, AS_OF)
        assert not differing(
            PARTY_STATES,
            [
                (
                    oracle.k_not(oracle.us_person_customer(case.customer, plainly)),
                    oracle.k_not(oracle.us_person_owner(case.customer.owners[0], plainly)),
                )
                for case in cases
            ],
            [(answer.account.foreign_customer, answer.account.foreign_owner) for answer in judged],
            engine.execute("SELECT foreign_customer, foreign_owner FROM determinations ORDER BY record"),
        ), chosen


@pytest.mark.parametrize("office", OPTIONS["senior_officer_is_control"])
def test_beneficial_ownership_is_the_same_in_every_state(office):
    cases = [
        World(
            customer=record(ACCOUNT, STATUS[True], {"owners": (record(OWNER, STATUS[status], facts),)}),
            provider=SERVED_BY[True],
        )
        for status in TRUTHS
        for facts in states(
            substantial_control=TRUTHS,
            senior_officer=TRUTHS,
            share=(None, Decimal(0), Decimal("24.999999999999"), Decimal(25), Decimal("25.000000000001"), Decimal(100)),
        )
    ]

    assert disagreements(cases, Readings(senior_officer_is_control=office)) == []


# §§ 7.301, 7.303, 7.306: who is bound -------------------------------------------------------------

BOUND_ALONE = replace(SUBPART_D, rules=SUBPART_D.rules[:1], reports=SUBPART_D.reports[:1])
"""The regulation with its dispositions and little else."""

PROVIDER_FACTS = {
    "organized_in": COUNTRIES,
    "located_in": COUNTRIES,
    "offers_iaas": TRUTHS,
    "product_us_owned": TRUTHS,
    "product_operated_in_us": TRUTHS,
    "resells_for": ("u", None),
    "deterrence_program_finding": (AS_OF, None),
}
PARENTS = {
    True: {"organized_in": "US"},
    False: {"organized_in": "DE", "located_in": "DE"},
    None: {},
}
"""Whether the parent is a U.S. person."""

PARENT_FACTS = {
    "entity-text": {},
    "product-nexus": {"us_owned": TRUTHS, "parent_is_us": TRUTHS, "parent_offers": TRUTHS},
}
FOREIGN_CUSTOMER = record(ACCOUNT, STATUS[False])


@cache
def provider_cases(reading):
    facts = PARENT_FACTS.get(reading, {"us_owned": TRUTHS, "parent_is_us": TRUTHS, "parent_offers": (True,)})
    served = {"us_owned": (None,), "parent_is_us": (None,), "parent_offers": (None,), **facts}
    parents = {
        (is_us, offers): record(PROVIDER, PARENTS[is_us], {"offers_iaas": offers})
        for is_us, offers in product(TRUTHS, TRUTHS)
    }
    return [
        World(
            customer=FOREIGN_CUSTOMER,
            provider=record(PROVIDER, facts, {"us_owned": owned, "parent": "o"}),
            parent=parents[is_us, offers],
        )
        for facts in states(**PROVIDER_FACTS)
        for owned, is_us, offers in product(*served.values())
    ]


def disposed_by_oracle(case, plainly):
    return oracle.provider_disposition(case.provider, case.parent, AS_OF, False, plainly)


@pytest.mark.parametrize("reading", OPTIONS["foreign_subsidiary"])
def test_whoever_serves_is_bound_alike_in_every_state_and_reading(engine, reading):
    cases = provider_cases(reading)
    worlds.load(engine, cases)
    presences = OPTIONS["us_presence"] if reading == "entity-text" else OPTIONS["us_presence"][:1]

    for presence in presences:
        readings = Readings(foreign_subsidiary=reading, us_presence=presence)
        plainly = readings.all()
        bound = bind(BOUND_ALONE, readings)
        judge = Judge(bound)
        grounds = [(ground.ground.disposition, ground.ground.cites) for ground in bound.grounds]
        grounds.append(("undetermined", "7.302(d)(1)(i)"))
        engine.judge(bound, AS_OF)
        assert not differing(
            cases,
            [disposed_by_oracle(case, plainly) for case in cases],
            [grounds[judge(case.customer, case.provider, NOBODY, case.parent, AS_OF).account.ground] for case in cases],
            engine.execute("SELECT disposition, basis FROM determinations ORDER BY record"),
        ), presence


# § 7.302(d)(1)(i): Accounts of U.S. persons alone --------------------------------------------------


@pytest.mark.parametrize("owners", OPTIONS["owners_of_individuals"])
def test_exemption_of_us_persons_is_the_same_in_every_state(owners):
    own = [
        (record(OWNER, STATUS[status], OWNERSHIP[owns], {"us_person_verified": verified}),)
        for status, owns, verified in product(TRUTHS, TRUTHS, TRUTHS)
    ]
    cases = [
        World(customer=record(ACCOUNT, STATUS[status], facts), provider=SERVED_BY[True])
        for status in TRUTHS
        for facts in states(
            kind=KINDS,
            us_person_verified=TRUTHS,
            owners_known=TRUTHS,
            opened_for=("customer", "other", None),
            owners=[(), *own],
        )
    ]

    assert disagreements(cases, Readings(owners_of_individuals=owners)) == []


def test_owners_of_an_account_count_alike_however_they_are_combined():
    every = [(status, owns, verified) for status, owns, verified in product(TRUTHS, TRUTHS, TRUTHS)]
    sets = [
        tuple(
            record(OWNER, STATUS[status], OWNERSHIP[owns], {"owner_id": f"o{place}", "us_person_verified": verified})
            for place, (status, owns, verified) in enumerate(chosen)
        )
        for count in (0, 1, 2)
        for chosen in product(every, repeat=count)
    ]
    cases = [
        World(
            customer=record(ACCOUNT, STATUS[status], {"owners": owners}),
            provider=SERVED_BY[True],
            unread_owners=unread,
        )
        for status in TRUTHS
        for owners in sets
        for unread in (True, False)
    ]

    assert disagreements(cases, Readings()) == []


# §§ 7.302(e)(2), 7.304: what is due, and when -------------------------------------------------------


@pytest.mark.parametrize("clock", OPTIONS["retention_clock"])
def test_reports_and_retention_are_the_same_in_every_state(clock):
    cases = [
        World(
            customer=record(ACCOUNT, STATUS[status], facts),
            provider=record(SERVED_BY[bound], {"previous_certification_on": certified}),
        )
        for bound, status, certified in product(TRUTHS, TRUTHS, (None, BEFORE, OPENED))
        for facts in states(
            identity_verified=TRUTHS,
            reseller_account=TRUTHS,
            closed_on=(None, BEFORE, OPENED),
            last_accessed_on=(None, BEFORE, OPENED, AFTER),
        )
    ]

    assert disagreements(cases, Readings(retention_clock=clock)) == []


# § 7.302: the duties, one by one --------------------------------------------------------------------

PARTY_FACTS = {
    "K302-01": {"us_person_verified": TRUTHS},
    "K302-03": {"name": GIVEN},
    "K302-04": {"kind": KINDS, "street_address": GIVEN, "use_locations": LISTS, "military_box": GIVEN},
    "K302-05": {"kind": KINDS, "street_address": GIVEN, "use_locations": LISTS, "military_box": GIVEN},
    "K302-06": {"kind": KINDS, "street_address": GIVEN, "use_locations": LISTS, "organized_in": COUNTRIES},
    "K302-09": {"email": GIVEN},
    "K302-10": {"phone": GIVEN},
    "K302-14": {"identity_verified": TRUTHS},
    "K302-15": {
        "identity_verified": TRUTHS,
        "verified_on": (None, BEFORE, OPENED, AFTER),
        "opened_on": (None, OPENED),
    },
    "K302-16": {"identity_verified": TRUTHS, "verification_method": ("both", None)},
}
"""The facts of a party on which each rule depends, beside its status and who serves the account."""

OF_THE_ACCOUNT = {"kind", "opened_on", "organized_in"}
"""Facts that an owner has not."""

ESTABLISHED = {"customer.kind", "customer.owners_known"}
"""Whether ownership is established: until then a foreign owner may be missing from the record."""

ACCOUNT_FACTS = {
    "K302-02": {"customer.kind", "customer.owners_known"},
    "K302-07": {"customer.kind", "customer.owners_known", "owner.name"},
    "K302-08": {
        "customer.payment_type",
        "customer.payment_reference",
        "owner.payment_type",
        "owner.payment_reference",
        *ESTABLISHED,
    },
    "K302-11": {"customer.opened_on", "access.ip", *ESTABLISHED},
    "K302-12": {"access.at", *ESTABLISHED},
    "K302-13": {"access.ip_reachable", *ESTABLISHED},
    "K304-06": {
        "customer.opened_on",
        "provider.established_on",
        "provider.previous_certification_on",
        "provider.first_certification_on",
    },
}
"""The same for the rules that judge the account as a whole."""

REDUCED = {
    "bound by the CIP requirements",
    "an Account of U.S. persons alone",
    "a U.S. person",
    "a beneficial owner",
    "a provider that certifies its CIP",
}
"""Definitions that are enumerated above, each taken as one yes, no or unknown."""

SITUATIONS = list(product(TRUTHS, TRUTHS, TRUTHS, TRUTHS))
"""Whether the rule binds, whether customer and owner are U.S. persons, whether the owner is a beneficial one."""


def situated(situation, of_account=(), of_owner=(), **more):
    bound, status, owner_status, owns = situation
    owner = record(OWNER, STATUS[owner_status], OWNERSHIP[owns], dict(of_owner))
    customer = record(ACCOUNT, {"owners": (owner,)}, STATUS[status], dict(of_account))
    return World(customer=customer, provider=SERVED_BY[bound], **more)


def party_cases(code):
    for situation, facts in product(SITUATIONS, states(**PARTY_FACTS[code])):
        of_owner = {name: value for name, value in facts.items() if name not in OF_THE_ACCOUNT}
        yield situated(situation, facts, of_owner)


def ownership_cases():
    for situation, facts in product(SITUATIONS, states(kind=KINDS, owners_known=TRUTHS)):
        for name, unread in product(GIVEN, (True, False)):
            yield situated(situation, facts, {"name": name}, unread_owners=unread)
    for situation, facts in product(SITUATIONS, states(kind=KINDS, owners_known=TRUTHS, owners=[()])):
        for unread in (True, False):
            yield situated(situation, facts, unread_owners=unread)


def payment_cases():
    payments = states(payment_type=("other", None), payment_reference=GIVEN)
    for situation, paid, paid_by_owner in product(SITUATIONS, payments, payments):
        for unread in (True, False):
            yield situated(situation, paid, paid_by_owner, unread_owners=unread)
    for situation, paid, known, unread in product(SITUATIONS, payments, TRUTHS, (True, False)):
        yield situated(situation, {**paid, "owners": (), "owners_known": known}, unread_owners=unread)


def access_cases():
    every = [
        Access(ip=ip, at=at)
        for ip in ("8.8.8.8", "10.0.0.1", None)
        for at in (datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC), None)
    ]
    sets = [chosen for count in (0, 1, 2) for chosen in combinations_with_replacement(every, count)]
    # The U.S. customer has an account for another's use, so that it is covered and of no foreign interest.
    of_account = {"opened_for": "other", "owners": ()}
    for bound, status, opened, accesses, unread, known in product(
        TRUTHS, TRUTHS, (None, OPENED), sets, (True, False), TRUTHS
    ):
        facts = {**of_account, "opened_on": opened, "accesses": accesses, "owners_known": known}
        yield situated((bound, status, None, None), facts, unread_accesses=unread)


def certification_cases():
    days = (None, BEFORE, OPENED, AFTER)
    for bound, status, opened in product(TRUTHS, TRUTHS, (None, OPENED)):
        facts = {"opened_for": "other", "opened_on": opened, "owners": ()}
        for established, previous, first in product((None, BEFORE), days, days):
            case = situated((bound, status, None, None), facts)
            filed = {
                "established_on": established,
                "previous_certification_on": previous,
                "first_certification_on": first,
            }
            yield replace(case, provider=case.provider.model_copy(update=filed))


CASES = {
    **{code: lambda code=code: party_cases(code) for code in PARTY_FACTS},
    "K302-02": ownership_cases,
    "K302-07": ownership_cases,
    "K302-08": payment_cases,
    "K302-11": access_cases,
    "K302-12": access_cases,
    "K302-13": access_cases,
    "K304-06": certification_cases,
}
ELSEWHERE = {"K307-01", "K307-02"}
"""Without special measures in force they concern nobody: test_measures_agreement.py judges them."""
RULES = {
    rule.code: rule for rule in SUBPART_D.rules if rule.of in {Of.PARTY, Of.ACCOUNT} and rule.code not in ELSEWHERE
}


@cache
def cases_of(code):
    return list(CASES[code]())


@pytest.mark.parametrize("code", RULES)
def test_a_rule_depends_on_the_facts_enumerated_for_it_and_on_no_other(code):
    bound = program(Readings())
    judged = [*bound.customer_rules, *bound.owner_rules]
    holders = ["customer", *("owner" for rule in bound.owner_rules if rule.rule.code == code)]
    named_facts = ACCOUNT_FACTS.get(code) or {
        f"{'customer' if name in OF_THE_ACCOUNT else holder}.{name}" for name in PARTY_FACTS[code] for holder in holders
    }
    found = {
        fact for rule in judged if rule.rule.code == code for part in (rule.when, rule.must) for fact in facts_of(part)
    }

    assert found == named_facts


@pytest.mark.parametrize("reading", OPTIONS["foreign_subsidiary"])
def test_who_is_bound_depends_on_the_facts_enumerated_and_on_no_other(reading):
    bound = program(Readings(foreign_subsidiary=reading))
    of_parent = {"parent.organized_in", "parent.located_in", "parent.offers_iaas"}
    enumerated = (
        {f"provider.{name}" for name in (*PROVIDER_FACTS, "us_owned")}
        | of_parent
        | {"run.as_of", "provider.finding_revoked_on"}
    )
    grounds = [ground.when for ground in bound.grounds if ground.ground.disposition != "exempt-us-persons"]

    assert {fact for when in grounds for fact in facts_of(when, stop=set())} <= enumerated
    if reading == "entity-text":
        assert not {fact for when in grounds for fact in facts_of(when, stop=set())} & {"provider.us_owned", *of_parent}


def test_who_is_a_us_person_depends_on_the_facts_enumerated_and_on_no_other():
    enumerated = {f"customer.{name}" for name in PARTY_STATES[0]}

    for chosen in STATUS_READINGS:
        bound = program(named(chosen))
        assert set(facts_of(bound.foreign_customer, stop=set())) <= enumerated


def facts_of(node, stop=REDUCED):
    for leaf in leaves(node, through_terms=False):
        match leaf:
            case Term(definition=definition) if definition.name in stop:
                pass
            case Term(part=part) | Rows(part=part):
                yield from facts_of(part, stop)
            case _:
                yield f"{leaf.holder}.{leaf.name}"


def test_duty_that_a_reading_lifts_is_the_same_in_every_state():
    assert disagreements(cases_of("K302-15"), Readings(provisional_use="cip-terms")) == []


def test_t36_every_duty_is_the_same_in_every_state_of_its_facts():
    enumerated = {CASES[code]: code for code in RULES}
    cases = [case for code in enumerated.values() for case in cases_of(code)]

    assert disagreements(cases, Readings()) == []


@pytest.mark.parametrize("code", RULES)
def test_a_rule_reaches_all_four_outcomes_and_the_oracle_the_same(code):
    told = [
        (case, one, other)
        for case in cases_of(code)
        for one, other in zip(oracle_outcomes(code, case), outcomes(code, case), strict=True)
    ]

    assert [each for each in told if each[1] != each[2]][:FEW] == []
    assert {outcome for _, outcome, _ in told} == set(Outcome)


def oracle_outcomes(code, case):
    answer = oracle.judge(
        case.customer,
        case.provider,
        case.upstream,
        case.parent,
        AS_OF,
        Readings().all(),
        case.unread_owners,
        case.unread_accesses,
    )
    yield answer.of_account[code]
    if RULES[code].of is Of.PARTY:
        yield from (duties[code] for duties in answer.of_owners)


def outcomes(code, case):
    """The outcomes of one rule, as the plain interpreter has them."""
    rule = RULES[code]
    unread = {table for table in ("owners", "accesses") if getattr(case, f"unread_{table}")}
    records = {
        Subject.CUSTOMER: case.customer,
        Subject.PROVIDER: case.provider,
        Subject.UPSTREAM: case.upstream,
        Subject.PARENT: case.parent,
    }
    asked = Asked(records=records, as_of=AS_OF, readings=Readings(), unread=frozenset(unread))
    for subject in (asked, *(asked.rows(Subject.OWNER) if rule.of is Of.PARTY else ())):
        when = truth_of(rule.when, subject)
        yield settle(when, truth_of(rule.must, subject) if when is not False else None)


# Records at large -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "readings",
    [
        Readings(),
        Readings(foreign_subsidiary="product-nexus", us_presence="located", retention_clock="earlier"),
        Readings(foreign_subsidiary="discretionary-exempt", us_presence="not-located", located="asserted"),
        Readings(foreign_subsidiary="ownership-attribution", us_nationals="us-person", provisional_use="cip-terms"),
        Readings(foreign_subsidiary="categorical-exempt", senior_officer_is_control="yes"),
        Readings(
            foreign_subsidiary="reseller-flowdown",
            us_nationals="foreign-person",
            permanent_residence="must-be-stated",
            owners_of_individuals="must-be-stated",
        ),
    ],
    ids=lambda readings: readings.foreign_subsidiary,
)
def test_t36_oracle_agrees_on_three_thousand_generated_records(readings):
    assert disagreements(worlds.generated(3_000, seed=20240429), readings, duckdb=False) == []
