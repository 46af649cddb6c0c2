"""The open questions of the rule, as named choices: what each says, what supports it, what is weak in it.

The first value of each reading is the default. A reading never decides silently: it is printed
with every answer that it changes, and ``kycrule readings`` explains it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kycrule.errors import DefinitionError
from kycrule.expr import Choice, Condition, T, Undecided, Value, ValueChoice
from kycrule.nearest import did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One answer to an open question.

    Attributes:
        value: its name.
        says: what it comes to.
        support: what speaks for it, with its source.
        weakness: what speaks against it.
    """

    value: str
    says: str
    support: str
    weakness: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An open question of the rule with its possible answers; the first is the default.

    Attributes:
        name: as written in ``Readings(name=...)`` and ``--reading name=value``.
        question: what the text leaves open.
        cites: the paragraph that raises it.
        defects: ids of the drafting defects behind it, if any.
        options: the answers.
    """

    name: str
    question: str
    cites: str
    options: tuple[Option, ...]
    defects: tuple[str, ...] = ()

    @property
    def default(self) -> str:
        """The value used when none is set."""
        return self.options[0].value

    @property
    def open(self) -> Condition:
        """Unknown, until this reading is chosen otherwise."""
        return Undecided(f"readings.{self.name}", f"the text leaves it open (reading {self.name})")

    def choose(self, branches: Mapping[str, Condition]) -> Condition:
        """The condition that each value stands for, as one expression."""
        self._complete(branches)
        return Choice(self.name, branches)

    def choose_value(self, branches: Mapping[str, Value[T]]) -> Value[T]:
        """The date, text or other value that each value stands for, as one expression."""
        self._complete(branches)
        return ValueChoice(self.name, branches)

    def _complete(self, branches: Mapping[str, Any]) -> None:
        if set(branches) != {option.value for option in self.options}:
            message = f"The reading {self.name} needs one branch for each of its values."
            raise DefinitionError(message)


FOREIGN_SUBSIDIARY = Reading(
    name="foreign_subsidiary",
    question="Which duties fall on a company organized abroad that a U.S. person owns and that serves customers?",
    cites="7.301",
    options=(
        Option(
            value="entity-text",
            says="A foreign person: no duty of its own; a foreign reseller if it holds an Account for onward supply.",
            support="U.S. person names entities organized in the U.S. and their branches, not subsidiaries.",
            weakness="Whether an intercompany contract is an Account is left to the facts.",
        ),
        Option(
            value="reseller-flowdown",
            says="As entity-text, but one that sells a U.S.-owned product is presumed to hold such an Account.",
            support="§ 7.303(a) reaches providers that contract with, enable or otherwise allow foreign resellers.",
            weakness="A presumption that the text does not state; nothing follows for a product wholly its own.",
        ),
        Option(
            value="discretionary-exempt",
            says="As reseller-flowdown, unless the Secretary has made a § 7.306 finding for it.",
            support="§ 7.306(a), (b) and (e); press reports that exceptions may be granted to foreign subsidiaries.",
            weakness="No finding was ever made.",
        ),
        Option(
            value="categorical-exempt",
            says="Foreign subsidiaries of U.S. persons are outside the rule, even when they resell.",
            support="Only the strong form of a press report of 29 January 2024.",
            weakness="The regulatory text has no such exemption.",
        ),
        Option(
            value="ownership-attribution",
            says="A company owned by a U.S. person counts as a U.S. IaaS provider.",
            support="One published law-firm alert describes U.S.-owned organizations as U.S.-based.",
            weakness="Contradicts the definition of U.S. person, in which ownership is no limb.",
        ),
        Option(
            value="product-nexus",
            says="Where the U.S. parent offers the same U.S. IaaS product, the parent is the provider.",
            support="U.S. IaaS product is defined by its owner or place; a U.S. IaaS provider offers any IaaS product.",
            weakness="An inference; the contract is the subsidiary's.",
        ),
    ),
)

LOCATED = Reading(
    name="located",
    question="What shows where a party is located?",
    cites="7.301",
    defects=("D18",),
    options=(
        Option(
            value="asserted-or-address",
            says="The location that the provider asserts; without one, the country of the address.",
            support="The address is the only datum of the rule that says where a party is.",
            weakness="An address is not a presence; the term is undefined.",
        ),
        Option(
            value="asserted",
            says="Only the location that the provider asserts.",
            support="The text says located, not resident or with an address in.",
            weakness="Leaves most records undetermined.",
        ),
    ),
)

US_PRESENCE = Reading(
    name="us_presence",
    question="Is an entity organized abroad located in the U.S. because of an office, branch or servers there?",
    cites="7.301",
    defects=("D18",),
    options=(
        Option(
            value="undetermined",
            says="The text does not decide; the answer stays open where it turns on it.",
            support="The fourth limb of the definition could reach the branch or the whole entity.",
            weakness="Leaves such entities undetermined.",
        ),
        Option(
            value="located",
            says="Such a presence makes the whole entity located in the United States.",
            support="The limb speaks of any person located in the United States.",
            weakness="Would make most multinational companies U.S. persons.",
        ),
        Option(
            value="not-located",
            says="Such a presence does not make the entity located there.",
            support="The text names branches of U.S. entities abroad, and not the contrary case.",
            weakness="Reads the fourth limb down for entities.",
        ),
    ),
)

US_NATIONALS = Reading(
    name="us_nationals",
    question="Is a U.S. national who is not a citizen (American Samoa) a U.S. person wherever located?",
    cites="7.301",
    options=(
        Option(
            value="undetermined",
            says="The text does not decide; the answer stays open where it turns on it.",
            support="The definition names citizens and lawful permanent residents; a national is neither and no alien.",
            weakness="Leaves such persons undetermined while abroad.",
        ),
        Option(
            value="us-person",
            says="A U.S. national counts as a citizen.",
            support="A national owes permanent allegiance to the United States.",
            weakness="The text says citizen.",
        ),
        Option(
            value="foreign-person",
            says="A national who is not a citizen, resident or located in the U.S. is a foreign person.",
            support="The literal text.",
            weakness="Treats American Samoans abroad as foreign.",
        ),
    ),
)

PERMANENT_RESIDENCE = Reading(
    name="permanent_residence",
    question="What if the record does not say whether an individual is a lawful permanent resident?",
    cites="7.302(d)(1)(i)",
    options=(
        Option(
            value="presumed-absent",
            says="Not claimed, so presumed absent; it can only make a party foreign, never exempt anyone.",
            support="§ 7.302(d)(1)(i) speaks of claims to be a U.S. person, and exempts nobody until determined.",
            weakness="A permanent resident abroad who was never asked is taken for a foreign person.",
        ),
        Option(
            value="must-be-stated",
            says="Unknown, until the record says yes or no.",
            support="Permanent residence is a limb of its own and may hold for anyone.",
            weakness="Leaves every record without the answer undetermined.",
        ),
    ),
)

OWNERS_OF_INDIVIDUALS = Reading(
    name="owners_of_individuals",
    question="Must ownership and control be established for a customer who is an individual?",
    cites="7.301",
    defects=("D3",),
    options=(
        Option(
            value="presumed-none",
            says="An individual has no ownership interests: none is presumed unless the record says otherwise.",
            support="The second limb of beneficial owner speaks of ownership interests, which an individual has not.",
            weakness="The first limb, substantial control over a customer, could reach a straw man.",
        ),
        Option(
            value="must-be-stated",
            says="As for an entity: unknown until the record says so.",
            support="Customer includes individuals, and the first limb has no exception.",
            weakness="Asks sole users for an ownership statement.",
        ),
    ),
)

INDIRECT_OWNERSHIP = Reading(
    name="indirect_ownership",
    question="Do shares held through other entities count towards the 25 percent of a beneficial owner?",
    cites="7.301",
    defects=("D18",),
    options=(
        Option(
            value="counts",
            says="Yes: direct and indirect shares of an individual are added up, along every chain of stakes.",
            support="The text says owns or controls, and a share held through an entity that one owns is controlled.",
            weakness="The text never speaks of indirect ownership, nor of how shares along a chain are added up.",
        ),
        Option(
            value="ignored",
            says="No: only what an individual holds in the customer itself.",
            support="The text speaks of the ownership interests of a customer, not of those of its owners.",
            weakness="One holding company between hides every owner; owns or controls then means no more than owns.",
        ),
    ),
)

SENIOR_OFFICER_IS_CONTROL = Reading(
    name="senior_officer_is_control",
    question="Does a senior officer exercise substantial control by office alone?",
    cites="7.301",
    defects=("D18",),
    options=(
        Option(
            value="no",
            says="Control is a fact of its own; office alone does not show it.",
            support="The text does not define substantial control and names no office.",
            weakness="Leaves officers open where control is not recorded.",
        ),
        Option(
            value="yes",
            says="A senior officer exercises substantial control.",
            support="FinCEN's beneficial-ownership rule, 31 CFR 1010.380(d), reads the same words so.",
            weakness="Another agency's definition, not adopted here.",
        ),
    ),
)

RETENTION_CLOCK = Reading(
    name="retention_clock",
    question="Do the two years of retention run from the later or the earlier of closing and last access?",
    cites="7.302(e)(2)",
    defects=("D5",),
    options=(
        Option(
            value="later",
            says="From the later of the two dates.",
            support="At least two years: the longer period satisfies both.",
            weakness="The text says or, without an order.",
        ),
        Option(
            value="earlier",
            says="From the earlier of the two dates.",
            support="Either date satisfies the words.",
            weakness="Records may go while the account is still open.",
        ),
    ),
)

PROVISIONAL_USE = Reading(
    name="provisional_use",
    question="May an Account be used while the identity is still being verified?",
    cites="7.302(d)(3)(ii)",
    defects=("D6",),
    options=(
        Option(
            value="strict",
            says="No: the identity is verified before the Account is opened.",
            support="§ 7.302(d)(2) has verification before opening.",
            weakness="§ 7.302(d)(3)(ii) presupposes use while verification is attempted.",
        ),
        Option(
            value="cip-terms",
            says="Yes, on the terms of the provider's CIP.",
            support="§ 7.302(d)(3)(ii) has the CIP describe such terms.",
            weakness="Gives little effect to the words before opening.",
        ),
    ),
)

REPORT_TRIGGER = Reading(
    name="report_trigger",
    question="From which day does the time for a training report run: the transaction, or knowledge of it?",
    cites="7.308(c)(1)",
    defects=("D13",),
    options=(
        Option(
            value="knowledge",
            says="From knowledge of the covered transaction.",
            support="§ 7.308(a)(1) lays the duty whenever a provider has knowledge.",
            weakness="§ 7.308(c)(1) names the transaction first.",
        ),
        Option(
            value="earliest",
            says="From the earlier of the two days.",
            support="§ 7.308(c)(1) counts from either.",
            weakness="A time could run out before anybody knows.",
        ),
        Option(
            value="latest",
            says="From the later of the two days.",
            support="Nobody can report what has not occurred or is not known.",
            weakness="The text does not say so.",
        ),
    ),
)

TECHNICAL_CONDITIONS = Reading(
    name="technical_conditions",
    question="Which technical conditions make a model one whose training is reported?",
    cites="7.308(b)(2)",
    options=(
        Option(
            value="eo14110-4-2-c-iii",
            says="More than 10^26 operations, in one datacenter, with a network over 100 Gbit/s and a theoretical "
            "maximum of 10^20 operations per second.",
            support="The interim condition of EO 14110, section 4.2(c)(iii), which was made for this report.",
            weakness="The order was revoked, and no interpretive rule was ever published; a model below its numbers "
            "may still be one of § 7.301, which also names technical parameters of concern.",
        ),
        Option(
            value="none",
            says="None are known: it cannot be told, unless someone has decided it for the transaction.",
            support="§ 7.308(b)(2) leaves the conditions to interpretive rules, of which there are none.",
            weakness="§ 7.301 also covers models with technical parameters of concern.",
        ),
        Option(
            value="custom",
            says="Those that the user applies: only meets_technical_conditions counts.",
            support="A provider needs some test to comply at all.",
            weakness="Its test binds nobody else.",
        ),
    ),
)

US_ACCOUNT_TRAINING = Reading(
    name="us_account_training",
    question="Does the exemption of Accounts of U.S. persons reach training on behalf of a foreign person?",
    cites="7.302(d)(2)(iv)",
    defects=("D17",),
    options=(
        Option(
            value="covered",
            says="No: such training is reported.",
            support="§ 7.308(b)(1) reaches acts on behalf of foreign persons; Examples 2 to 4 have a U.S. person.",
            weakness="§ 7.302(d)(2)(iv) frees such an Account from every other regulation of the subpart.",
        ),
        Option(
            value="exempt",
            says="Yes: the Account is free of the whole subpart.",
            support="The words of § 7.302(d)(1)(i) and (d)(2)(iv).",
            weakness="It would empty Examples 2 to 4; such an Account is hardly for the U.S. person's own use.",
        ),
    ),
)

EXEMPTION_SCOPE = Reading(
    name="exemption_scope",
    question="From which sections does a finding of the Secretary free a provider?",
    cites="7.306(b)",
    defects=("D10",),
    options=(
        Option(
            value="para-b",
            says="From §§ 7.302 and 7.304.",
            support="§ 7.306(b), which says what such a finding exempts from.",
            weakness="§ 7.306(e) adds § 7.305, and (a) speaks of the whole subpart but §§ 7.308 and 7.309.",
        ),
        Option(
            value="para-e",
            says="From §§ 7.302, 7.304 and 7.305.",
            support="§ 7.306(e), on the procedure in which the finding is made.",
            weakness="§ 7.306(b) does not name § 7.305.",
        ),
        Option(
            value="para-a-max",
            says="From the whole subpart except §§ 7.308 and 7.309; only the upkeep of § 7.306(f) remains.",
            support="§ 7.306(a), the power to exempt.",
            weakness="A power to exempt from as much is not a finding that does; (b) and (e) name fewer sections.",
        ),
    ),
)

READINGS = (
    FOREIGN_SUBSIDIARY,
    LOCATED,
    US_PRESENCE,
    US_NATIONALS,
    PERMANENT_RESIDENCE,
    OWNERS_OF_INDIVIDUALS,
    INDIRECT_OWNERSHIP,
    SENIOR_OFFICER_IS_CONTROL,
    RETENTION_CLOCK,
    PROVISIONAL_USE,
    REPORT_TRIGGER,
    TECHNICAL_CONDITIONS,
    US_ACCOUNT_TRAINING,
    EXEMPTION_SCOPE,
)

_BY_NAME: Mapping[str, Reading] = {reading.name: reading for reading in READINGS}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Readings:
    """The value chosen for each reading.

    Raises:
        DefinitionError: a value is not one of those that the reading allows.

    >>> Readings(retention_clock="earlier").changed()
    {'retention_clock': 'earlier'}
    """

    foreign_subsidiary: Literal[
        "entity-text",
        "reseller-flowdown",
        "discretionary-exempt",
        "categorical-exempt",
        "ownership-attribution",
        "product-nexus",
    ] = "entity-text"
    located: Literal["asserted-or-address", "asserted"] = "asserted-or-address"
    us_presence: Literal["undetermined", "located", "not-located"] = "undetermined"
    us_nationals: Literal["undetermined", "us-person", "foreign-person"] = "undetermined"
    permanent_residence: Literal["presumed-absent", "must-be-stated"] = "presumed-absent"
    owners_of_individuals: Literal["presumed-none", "must-be-stated"] = "presumed-none"
    indirect_ownership: Literal["counts", "ignored"] = "counts"
    senior_officer_is_control: Literal["no", "yes"] = "no"
    retention_clock: Literal["later", "earlier"] = "later"
    provisional_use: Literal["strict", "cip-terms"] = "strict"
    report_trigger: Literal["knowledge", "earliest", "latest"] = "knowledge"
    technical_conditions: Literal["eo14110-4-2-c-iii", "none", "custom"] = "eo14110-4-2-c-iii"
    us_account_training: Literal["covered", "exempt"] = "covered"
    exemption_scope: Literal["para-b", "para-e", "para-a-max"] = "para-b"

    def __post_init__(self) -> None:
        for reading in READINGS:
            value = getattr(self, reading.name)
            allowed = [option.value for option in reading.options]
            if value not in allowed:
                message = (
                    f"The reading {reading.name} has no value {value!r}.{did_you_mean(str(value), allowed)} "
                    f"It has: {', '.join(allowed)}."
                )
                raise DefinitionError(message)

    def __repr__(self) -> str:
        return f"Readings({', '.join(f'{name}={value!r}' for name, value in self.changed().items())})"

    def all(self) -> dict[str, str]:
        """The value of every reading."""
        return {reading.name: self[reading.name] for reading in READINGS}

    def changed(self) -> dict[str, str]:
        """The readings whose value is not the default."""
        return {reading.name: self[reading.name] for reading in READINGS if self[reading.name] != reading.default}

    def __getitem__(self, name: str) -> str:
        """The value chosen for a reading."""
        return str(getattr(self, name))


def named(values: Mapping[str, str]) -> Readings:
    """The readings that a mapping of names to values sets.

    Raises:
        DefinitionError: a name is no reading, or a value is not one of its values.
    """
    for name in values:
        if name not in _BY_NAME:
            message = f"There is no reading {name!r}.{did_you_mean(name, _BY_NAME)} There are: {', '.join(_BY_NAME)}."
            raise DefinitionError(message)
    return Readings(**values)  # type: ignore[arg-type]  # checked in __post_init__


def alternatives(readings: Readings, name: str) -> Iterator[Readings]:
    """The same readings under every other value of one of them."""
    for option in _BY_NAME[name].options:
        if option.value != readings[name]:
            yield named({**readings.all(), name: option.value})
