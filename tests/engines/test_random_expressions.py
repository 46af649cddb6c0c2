"""Whatever the expression, both engines and the plain interpreter give it the same truth.

Each example is a little regulation of random expressions. Only the expressions are drawn, so only they
are shrunk; the records are a fixed pool in which every kind of value meets its edges.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from zlib import crc32

import pytest
import sparks
import worlds
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from needs import needs
from worlds import AS_OF

from kycrule import facts
from kycrule.binding import bind
from kycrule.engines.duckdb import Engine
from kycrule.engines.record import Judge
from kycrule.engines.trace import World as Asked
from kycrule.engines.trace import truth_of, value_of
from kycrule.expr import (
    ALWAYS,
    NEVER,
    About,
    And,
    Choice,
    Compare,
    Constant,
    Definition,
    Earlier,
    Every,
    FirstGiven,
    Given,
    IncludesAny,
    Is,
    Later,
    Not,
    OneOf,
    Or,
    Period,
    Plus,
    Scope,
    Some,
    Subject,
    Undecided,
    ValueChoice,
)
from kycrule.provisions import Due, Ground, Of, Regulation, Rule
from kycrule.readings import Readings

TEXTS = (
    "US",
    "DE",
    "credit_card",
    "O'Hara",
    'a "b"',
    "a\\b",
    "a\nb",
    "\u00a0",
    "Zoë",
    "Zoe\u0308",
    "王小明",
    "%",
    "8.8.8.8",
)
DATES = (date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 31), AS_OF, date(2023, 12, 31), date(2026, 2, 28))
SHARES = tuple(Decimal(text) for text in ("0", "24.999999999999", "25", "25.000000000001", "100"))
PERIODS = (
    Period(years=1, cites="1", says="a year"),
    Period(years=2, cites="1", says="two years"),
    Period(days=1, cites="1", says="a day"),
    Period(days=60, cites="1", says="sixty days"),
)
TRUTHS = (True, False, None)


# The pool of records --------------------------------------------------------------------------------


def pool():
    cases = worlds.generated(300, seed=20240515)
    return [edged(case, place) for place, case in enumerate(cases)]


def edged(case, place):
    def written(party, shift):
        text = TEXTS[(place + shift) % len(TEXTS)]
        fields = {
            "name": party.name and text,
            "street_address": party.street_address and TEXTS[(place + 2 * shift + 1) % len(TEXTS)],
            "use_locations": party.use_locations and (text, *TEXTS[place % 3 : shift % 3 + 1]),
        }
        return party.model_copy(update=fields)

    owners = tuple(written(owner, shift) for shift, owner in enumerate(case.customer.owners, start=1))
    return replace(case, customer=written(case.customer, 0).model_copy(update={"owners": owners}))


POOL = pool()


@pytest.fixture(scope="module")
def engine():
    running = Engine(threads=1)
    worlds.load(running, POOL)
    yield running
    running.close()


# Expressions ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Vocabulary:
    """The facts that an expression about one kind of subject may name."""

    flags: tuple = ()
    flags_of_kind: tuple = ()
    texts: tuple = ()
    lists: tuple = ()
    dates: tuple = ()
    numbers: tuple = ()
    only_given: tuple = ()

    def __add__(self, other):
        return Vocabulary(**{name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__})


RUN = Vocabulary(dates=(facts.as_of,))
PARTY = Vocabulary(
    flags=(facts.us_permanent_resident, facts.us_person_verified, facts.identity_verified),
    flags_of_kind=(facts.is_individual, facts.is_entity),
    texts=(facts.name, facts.street_address, facts.country, facts.payment_type),
    lists=(facts.citizenships, facts.use_locations),
    dates=(facts.verified_on,),
)
ACCOUNT = Vocabulary(
    flags=(facts.reseller_account, facts.owners_known),
    texts=(facts.opened_for,),
    dates=(facts.opened_on, facts.closed_on, facts.last_accessed_on),
)
OWNER = Vocabulary(flags=(facts.substantial_control, facts.senior_officer), numbers=(facts.share,))
ACCESS = Vocabulary(flags=(facts.ip_reachable,), texts=(facts.ip,), only_given=(facts.at,))
PROVIDER = Vocabulary(
    flags=(facts.us_owned, facts.offers_iaas, facts.product_us_owned, facts.product_operated_in_us),
    dates=(facts.previous_certification_on, facts.deterrence_program_finding),
    only_given=(facts.resells_for,),
)
COMPANY = Vocabulary(
    flags_of_kind=(facts.is_individual, facts.is_entity),
    texts=(facts.organized_in, facts.located_in, facts.country),
)

members = st.frozensets(st.sampled_from(TEXTS), min_size=1, max_size=3)


def dates(words, *, chosen=True):
    given_dates = st.sampled_from(words.dates)
    simple = given_dates | st.sampled_from(DATES).map(Constant)

    def longer(inner):
        choice = st.builds(
            lambda one, other: ValueChoice("retention_clock", {"later": one, "earlier": other}), inner, inner
        )
        return (
            (choice if chosen else st.nothing())
            | st.builds(Plus, inner, st.sampled_from(PERIODS))
            | st.builds(Later, inner, inner)
            | st.builds(Earlier, inner, inner)
            | st.builds(FirstGiven, inner, inner)
        )

    return st.recursive(simple, longer, max_leaves=3)


def comparisons(values, operators):
    # Two constants, and a value less than itself, are gaps: see the end. A choice of dates may come to either.
    return (
        st.builds(Compare, values, st.sampled_from(operators), values)
        .filter(lambda node: not (isinstance(node.left, Constant) and isinstance(node.right, Constant)))
        .filter(lambda node: node.operator == "=" or node.left != node.right)
    )


def atoms(words):
    kinds = [st.sampled_from([ALWAYS, NEVER, Undecided("readings.located", "open")])]
    anything = words.texts + words.lists + words.dates + words.numbers + words.only_given
    kinds.append(st.sampled_from(anything).map(Given))
    kinds.append(st.sampled_from(anything).map(lambda fact: fact.is_there))
    if words.flags:
        kinds.append(st.sampled_from(words.flags))
        kinds.append(st.sampled_from(words.flags).map(lambda flag: flag.is_given))
    if words.flags_of_kind:
        kinds.append(st.sampled_from(words.flags_of_kind))
    if words.texts:
        texts = st.sampled_from(words.texts)
        kinds.append(comparisons(texts | st.sampled_from(TEXTS).map(Constant), ["="]))
        kinds.append(st.builds(lambda value, names: OneOf(value, names, "some"), texts, members))
    if words.lists:
        kinds.append(
            st.builds(lambda value, names: IncludesAny(value, names, "some"), st.sampled_from(words.lists), members)
        )
    if words.numbers:
        numbers = st.sampled_from(words.numbers) | st.sampled_from(SHARES).map(Constant)
        kinds.append(comparisons(numbers, ["=", "<", "<=", ">", ">="]))
    if words.dates:
        kinds.append(comparisons(dates(words, chosen=False), ["=", "<", "<=", ">", ">="]))
        kinds.append(dates(words).map(Given))
    return st.one_of(kinds)


def conditions(atom, *, scope=None, leaves=6):
    def longer(inner):
        several = st.lists(inner, min_size=2, max_size=3).map(tuple)
        ways = [
            several.map(And),
            several.map(Or),
            inner.map(Not),
            inner.map(lambda node: ~node),
            st.builds(Is, inner, st.sampled_from(TRUTHS)),
            st.builds(lambda one, other: Choice("provisional_use", {"strict": one, "cip-terms": other}), inner, inner),
        ]
        if scope is not None:
            ways.append(inner.map(lambda node: defined(node, scope)))
        return st.one_of(ways)

    return st.recursive(atom, longer, max_leaves=leaves)


def defined(node, scope):
    if scope is Scope.OWNER:
        # A term of owners has to speak of them.
        node = Or((facts.substantial_control, node))
    name = f"term {crc32(repr((node, scope)).encode())}"
    return Definition(name=name, cites="7.301", says="A term.", means=node, of=scope)


of_owner = conditions(atoms(PARTY + OWNER + RUN), scope=Scope.OWNER, leaves=4)
of_access = conditions(atoms(ACCESS + RUN), leaves=4)
of_company = conditions(atoms(COMPANY + PROVIDER + RUN), leaves=4)


def quantified(of, part, anchor):
    # A condition on rows has to speak of the rows: each part is joined to one of their facts.
    joined = st.builds(lambda kind, node: kind((anchor, node)), st.sampled_from([And, Or]), part)
    return st.builds(lambda kind, node: kind(of, node), st.sampled_from([Some, Every]), joined | st.just(ALWAYS))


owner_rows = quantified(Subject.OWNER, of_owner, facts.substantial_control)
rows = owner_rows | quantified(Subject.ACCESS, of_access, facts.ip_reachable)
abouts = st.builds(About, st.sampled_from([Subject.PROVIDER, Subject.UPSTREAM, Subject.PARENT]), of_company)
account_atoms = atoms(PARTY + ACCOUNT + PROVIDER + RUN) | rows | abouts
of_account = conditions(account_atoms, scope=Scope.ACCOUNT)
of_ground = conditions(atoms(PARTY + ACCOUNT + PROVIDER + RUN) | owner_rows | abouts, scope=Scope.ACCOUNT)
of_party = conditions(
    account_atoms
    | st.just(facts.is_customer)
    | of_owner.map(lambda node: facts.is_customer | node)
    | of_owner.map(lambda node: ~facts.is_customer & node),
    scope=Scope.PARTY,
)


# Little regulations ---------------------------------------------------------------------------------


# So that every fact of owners is read in the first pass over them, see the gaps at the end.
OWNER_OF_WHOM_ALL_IS_KNOWN = Some(
    Subject.OWNER,
    And(
        tuple(
            fact.is_given
            for words in (PARTY, OWNER)
            for fact in (*words.flags, *words.texts, *words.lists, *words.dates, *words.numbers)
        )
    ),
)


def rule(number, of, when, must):
    return Rule(code=f"K999-0{number}", name="drawn", cites="7.301", says="", of=of, when=when, must=must, finding="")


@st.composite
def regulations(draw):
    of_parties = draw(st.lists(st.tuples(of_party, st.just(NEVER) | of_party), min_size=1, max_size=3))
    of_accounts = draw(st.lists(st.tuples(of_account, st.just(NEVER) | of_account), min_size=1, max_size=2))
    rules = [(Of.PARTY, *pair) for pair in of_parties] + [(Of.ACCOUNT, *pair) for pair in of_accounts]
    date_of_account = dates(PARTY + ACCOUNT + PROVIDER + RUN)
    return Regulation(
        version="drawn",
        open_question="7.301",
        grounds=(
            Ground(disposition="out-of-scope", cites="7.301", says="", when=draw(of_ground)),
            Ground(disposition="exempt-us-persons", cites="7.302", says="", when=draw(of_ground)),
            Ground(disposition="covered", cites="7.302", says="", when=ALWAYS),
        ),
        statuses=(),
        settled_by_disposition=(),
        foreign_customer=draw(of_account),
        foreign_owner=draw(rows) | OWNER_OF_WHOM_ALL_IS_KNOWN,
        foreign_reseller=draw(of_account),
        retention=Due(kind="drawn", cites="7.302", says="", when=draw(of_account), by=draw(date_of_account)),
        rules=(
            *(rule(number, *drawn) for number, drawn in enumerate(rules)),
            # Without a rule about owners there is no query about them.
            rule(9, Of.PARTY, facts.name.is_given, NEVER),
        ),
        reports=(Due(kind="drawn", cites="7.304", says="", when=draw(of_account), by=draw(date_of_account)),),
    )


READINGS = st.builds(
    Readings,
    retention_clock=st.sampled_from(["later", "earlier"]),
    provisional_use=st.sampled_from(["strict", "cip-terms"]),
)


@settings(max_examples=200, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(regulation=regulations(), readings=READINGS)
def test_both_engines_and_the_interpreter_agree_on_any_expression(engine, regulation, readings):
    assert_agreement(engine, regulation, readings, first=crc32(repr(regulation.rules).encode()) % STRIDE)


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    running = sparks.Engine(tmp_path_factory.mktemp("spark"))
    worlds.load(running, POOL)
    yield running
    running.close()


@needs(sparks.THERE, "Java and pyspark")
@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support:FutureWarning")
@settings(
    max_examples=3,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    phases=[Phase.generate],
)
@given(regulation=regulations(), readings=READINGS)
def test_spark_agrees_on_any_expression(spark, regulation, readings):
    bound = bind(regulation, readings)
    judge = Judge(bound)
    spark.judge(bound, AS_OF)

    expected = [told(judged_alone(judge, case), bound) for case in POOL]
    differing = [pair for pair in zip(judged_by_sql(spark), expected, strict=True) if pair[0] != pair[1]]
    assert differing[:2] == []


STRIDE = 12
"""The interpreter is slow, so each example shows it one record of these many."""


def assert_agreement(engine, regulation, readings, first=0):
    bound = bind(regulation, readings)
    judge = Judge(bound)
    judged = [judged_alone(judge, case) for case in POOL]
    engine.judge(bound, AS_OF)

    answers = zip(judged_by_sql(engine), judged, strict=True)
    differing = [
        (place, by_sql, told(answer, bound))
        for place, (by_sql, answer) in enumerate(answers)
        if by_sql != told(answer, bound)
    ]
    assert differing[:2] == []
    for place in range(first, len(POOL), STRIDE):
        assert interpreted(regulation, readings, POOL[place]) == truths_in(judged[place], bound), place


def judged_alone(judge, case):
    return judge(
        case.customer,
        case.provider,
        case.upstream,
        case.parent,
        AS_OF,
        unread_owners=case.unread_owners,
        unread_accesses=case.unread_accesses,
    )


def told(answer, bound):
    order = {drawn.code: index for index, drawn in enumerate(bound.regulation.rules)}
    dispositions = [ground.ground.disposition for ground in bound.grounds] + ["undetermined"]
    findings = [(0, order[bound.customer_rules[index].rule.code], *rest) for index, *rest in answer.found]
    findings += [
        (place + 1, order[bound.owner_rules[index].rule.code], *rest) for place, index, *rest in answer.found_of_owners
    ]
    return (
        (
            dispositions[answer.account.ground],
            answer.account.foreign_customer,
            answer.account.foreign_owner,
            answer.account.foreign_reseller,
            answer.turns_on,
            answer.retain_until,
        ),
        findings,
        [by for _, by in answer.reports],
    )


def judged_by_sql(engine):
    findings = {}
    for record, place, number, violated, missing in engine.execute(
        "SELECT record, place, rule, violated, missing FROM findings ORDER BY record, place, rule"
    ):
        findings.setdefault(record, []).append((place, number, violated, tuple(missing)))
    reports = {}
    for record, by in engine.execute("SELECT record, due_on FROM due"):
        reports.setdefault(record, []).append(by)
    return [
        ((*row[:4], tuple(row[4]), row[5]), findings.get(record, []), reports.get(record, []))
        for record, *row in engine.execute(
            "SELECT record, disposition, foreign_customer, foreign_owner, foreign_reseller, turns_on, retain_until "
            "FROM determinations ORDER BY record"
        )
    ]


def interpreted(regulation, readings, case):
    records = {
        Subject.CUSTOMER: case.customer,
        Subject.PROVIDER: case.provider,
        Subject.UPSTREAM: case.upstream,
        Subject.PARENT: case.parent,
    }
    unread = frozenset(table for table in ("owners", "accesses") if getattr(case, f"unread_{table}"))
    world = Asked(records=records, as_of=AS_OF, readings=readings, unread=unread)
    retention, reports = regulation.retention, regulation.reports
    return (
        truth_of(regulation.foreign_customer, world),
        truth_of(regulation.foreign_owner, world),
        truth_of(regulation.foreign_reseller, world),
        value_of(retention.by, world) if truth_of(retention.when, world) else None,
        [value_of(report.by, world) for report in reports if truth_of(report.when, world)],
        {
            (place, drawn.code, when is True and must is False)
            for place, subject in enumerate((world, *world.rows(Subject.OWNER)))
            for drawn in regulation.rules
            if place == 0 or drawn.of is Of.PARTY
            for when, must in ((truth_of(drawn.when, subject), truth_of(drawn.must, subject)),)
            if when is not False and must is not True
        },
    )


def truths_in(answer, bound):
    return (
        answer.account.foreign_customer,
        answer.account.foreign_owner,
        answer.account.foreign_reseller,
        answer.retain_until,
        [by for _, by in answer.reports],
        {(0, bound.customer_rules[index].rule.code, violated) for index, violated, _ in answer.found}
        | {
            (place + 1, bound.owner_rules[index].rule.code, violated)
            for place, index, violated, _ in answer.found_of_owners
        },
    )


# Gaps: expressions that the law does not use, on which the engines are not at one -------------------


def little(answer=NEVER, *, ground=NEVER, when=NEVER, of=Of.PARTY, rows_of_owners=NEVER, reported=True):
    due = Due(kind="drawn", cites="7.304", says="", when=ALWAYS, by=facts.closed_on)
    return Regulation(
        version="drawn",
        open_question="7.301",
        grounds=(
            Ground(disposition="out-of-scope", cites="7.301", says="", when=ground),
            Ground(disposition="covered", cites="7.302", says="", when=ALWAYS),
        ),
        statuses=(),
        settled_by_disposition=(),
        foreign_customer=answer,
        foreign_owner=rows_of_owners,
        foreign_reseller=NEVER,
        retention=due,
        rules=(rule(9, of, when, NEVER),),
        reports=(due,) if reported else (),
    )


def test_a_little_regulation_is_judged_alike(engine):
    assert_agreement(engine, little(facts.owners_known, when=facts.name.is_given), Readings())


DRAWN_DATE = Constant(DATES[0])
LARGE_OWNER = Definition(name="large", cites="7.301", says="", means=facts.share >= Constant(SHARES[2]), of=Scope.OWNER)
DATED_OWNER = Definition(name="dated", cites="7.301", says="", means=facts.as_of >= DRAWN_DATE, of=Scope.OWNER)


@pytest.mark.parametrize(
    "regulation",
    [
        pytest.param(
            little(Compare(facts.opened_on, "<", facts.opened_on), when=facts.name.is_given),
            id="a value compared with itself is taken for is_there by the record engine",
        ),
        pytest.param(
            little(Compare(DRAWN_DATE, "<", Constant(AS_OF)), when=facts.name.is_given),
            id="two constants are compared for equality whatever the operator by the binder",
        ),
        pytest.param(
            little(
                when=~facts.is_customer & LARGE_OWNER, rows_of_owners=Some(Subject.OWNER, facts.substantial_control)
            ),
            id="the fact of a term of owners that no quantifier uses is not read by the record engine",
        ),
        pytest.param(
            little(ground=Some(Subject.ACCESS, facts.ip_reachable), when=facts.name.is_given),
            id="a ground on accesses asks the owners what it turns on",
        ),
        pytest.param(
            little(when=facts.kind.is_given),
            id="whether the kind of an owner is given makes Python warn of a literal",
        ),
        pytest.param(
            little(when=facts.name.is_given, rows_of_owners=Some(Subject.OWNER, facts.senior_officer & DATED_OWNER)),
            id="a term of owners without a fact of theirs is not in the owners' query",
        ),
        pytest.param(
            little(when=facts.owners_known, of=Of.ACCOUNT),
            id="a regulation without rules about owners has no valid query for findings",
        ),
        pytest.param(
            little(when=facts.name.is_given, reported=False),
            id="a regulation without reports has no valid query for them",
        ),
    ],
)
def test_odd_shapes_agree_too(engine, regulation):
    assert_agreement(engine, regulation, Readings())
