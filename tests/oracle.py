"""A slow, plain oracle of §§ 7.301-7.304 and 7.308 for Accounts: the rule again, from its text, with none of its code.

It reads attributes of the records given to it (or keys of plain dicts) and knows three-valued truth as
``True``, ``False`` and ``None``. Where the text is open it takes the readings by their names.
"""

import calendar
import ipaddress
from datetime import date, timedelta
from types import SimpleNamespace

MET, VIOLATED, UNDETERMINED, NOT_APPLICABLE = "met", "violated", "undetermined", "not applicable"

STATES_AND_AREAS = ("US", "AS", "GU", "MP", "PR", "UM", "VI")
CITIZENS = ("US", "GU", "MP", "PR", "VI")
NATIONALS = ("AS", "UM")


# Three-valued truth -------------------------------------------------------------------------------


def k_not(truth):
    return None if truth is None else not truth


def k_and(*truths):
    if any(truth is False for truth in truths):
        return False
    return None if any(truth is None for truth in truths) else True


def k_or(*truths):
    if any(truth is True for truth in truths):
        return True
    return None if any(truth is None for truth in truths) else False


def among(value, members):
    return None if value is None else value in members


def plain(record):
    """The record itself, or a plain dict (or nothing at all) made to answer for every field."""
    return _Blank(record or {}) if record is None or isinstance(record, dict) else record


class _Blank:
    def __init__(self, fields):
        self.__dict__.update(fields)

    def __getattr__(self, name):
        return None


# § 7.301 ------------------------------------------------------------------------------------------


def us_person(kind, party, address_country, readings):
    """Citizen, permanent resident, entity organized under U.S. law, or any person located in the U.S."""
    individual, entity = among(kind, ("individual",)), among(kind, ("entity",))
    organized = among(party.organized_in, STATES_AND_AREAS)
    return k_or(
        k_and(individual, _citizen(party.citizenships, readings)),
        k_and(individual, _permanent_resident(party.us_permanent_resident, readings)),
        k_and(entity, organized),
        _located(party.located_in, address_country, individual, organized, readings, boxed=only_a_box(party)),
    )


def only_a_box(party):
    """Whether the one address is an APO or FPO box, which is in the U.S. by its form alone."""
    return party.military_box is not None and party.street_address is None


def _citizen(citizenships, readings):
    if citizenships is None:
        return None
    if any(country in CITIZENS for country in citizenships):
        return True
    if any(country in NATIONALS for country in citizenships):
        return {"undetermined": None, "us-person": True, "foreign-person": False}[readings["us_nationals"]]
    return False


def _permanent_resident(stated, readings):
    if stated is None and readings["permanent_residence"] == "presumed-absent":
        return False
    return stated


def _presence(readings):
    return {"undetermined": None, "located": True, "not-located": False}[readings["us_presence"]]


def _located(asserted, address_country, individual, organized, readings, *, boxed=False):
    if asserted is not None or readings["located"] == "asserted":
        return among(asserted, STATES_AND_AREAS)
    # An address in the U.S. locates an individual and an entity of U.S. law there; of another
    # entity it may be a mere office.
    there = k_and(among(address_country, STATES_AND_AREAS), None if boxed else True)
    return k_and(there, k_or(individual, organized, _presence(readings)))


def us_person_customer(customer, readings):
    return us_person(customer.kind, customer, customer.country, readings)


def us_person_owner(owner, readings):
    # A beneficial owner is an individual by definition.
    return us_person("individual", owner, owner.country, readings)


def us_person_provider(provider, readings):
    # An IaaS provider is an entity; its record has an asserted location and no address.
    organized = among(provider.organized_in, STATES_AND_AREAS)
    return k_or(organized, _located(provider.located_in, provider.located_in, False, organized, readings))


def beneficial_owner(owner, readings):
    """Exercises substantial control, or owns or controls at least 25 percent."""
    control = owner.substantial_control
    if readings["senior_officer_is_control"] == "yes" and owner.senior_officer is True:
        control = True
    share = None if owner.share is None else owner.share >= 25
    return k_or(control, share)


def owned_by_us_person(provider, parent, readings):
    owned = provider.us_owned
    if owned is None and us_person_provider(parent, readings) is True:
        # A parent of another nationality does not show that no U.S. person stands behind it.
        owned = True
    return owned


def foreign_subsidiary(provider, parent, readings):
    """Organized and located abroad, and owned by a U.S. person."""
    return k_and(k_not(us_person_provider(provider, readings)), owned_by_us_person(provider, parent, readings))


# §§ 7.302(a), 7.303, 7.306: who is bound ----------------------------------------------------------


def roles(provider, parent, readings):
    """Whether it is a U.S. IaaS provider, a reseller of U.S. IaaS products, and whether it offers such products."""
    reading = readings["foreign_subsidiary"]
    us = us_person_provider(provider, readings)
    owned = owned_by_us_person(provider, parent, readings)
    owned_abroad = k_and(owned, k_not(among(provider.organized_in, STATES_AND_AREAS)))
    resells = provider.resells_for is not None

    product = k_or(provider.product_us_owned, provider.product_operated_in_us)
    if reading == "ownership-attribution":
        product = k_or(product, owned_abroad)

    # A provider with infrastructure of its own in the U.S. may be located there by it.
    offeror = us if resells else k_or(us, k_and(provider.product_operated_in_us, _presence(readings)))
    if reading == "ownership-attribution":
        offeror = k_or(offeror, owned)
    if reading == "product-nexus":
        offeror = k_or(offeror, k_and(owned, us_person_provider(parent, readings), parent.offers_iaas))

    # A reseller Account that nobody has recorded may still be there.
    onward = True if resells else None
    if reading in ("reseller-flowdown", "discretionary-exempt"):
        onward = k_or(onward, k_and(owned_abroad, provider.product_us_owned))

    as_provider = k_and(provider.offers_iaas, offeror)
    # A reseller of U.S. products is bound whichever it is: as a foreign one, or as a U.S. provider.
    as_reseller = k_and(provider.offers_iaas, us is not True, onward, product)
    return as_provider, as_reseller, product


def duty(provider, parent, readings):
    """Whether it is a U.S. IaaS provider of U.S. IaaS products, or a foreign reseller of them."""
    as_provider, as_reseller, product = roles(provider, parent, readings)
    return k_or(k_and(as_provider, product), as_reseller)


def training_roles(provider, parent, readings):
    """Section 7.308(a) binds each U.S. IaaS provider, of whatever product."""
    return roles(provider, parent, readings)[:2]


def categorically_exempt(provider, parent, readings):
    if readings["foreign_subsidiary"] != "categorical-exempt":
        return False
    return k_and(provider.offers_iaas, foreign_subsidiary(provider, parent, readings))


def finding_made(provider, as_of):
    """Section 7.306(b) and (g): a finding exempts from its day until it is revoked."""
    made, revoked = provider.deterrence_program_finding, provider.finding_revoked_on
    return made is not None and made <= as_of and (revoked is None or revoked > as_of)


# § 7.302(d)(1)(i) ---------------------------------------------------------------------------------


def every_row(truths, unread):
    return k_and(*truths, None if unread else True)


def some_row(truths, unread):
    return k_or(*truths, None if unread else False)


def us_persons_alone(customer, owners, readings, unread_owners):
    """The customer and all beneficial owners are U.S. persons, verified, and it is for their own use."""
    established = customer.owners_known
    if established is None and readings["owners_of_individuals"] == "presumed-none":
        established = True if customer.kind == "individual" else None
    us_owners = [
        k_or(
            k_not(beneficial_owner(owner, readings)),
            k_and(us_person_owner(owner, readings), owner.us_person_verified),
        )
        for owner in owners
    ]
    return k_and(
        us_person_customer(customer, readings),
        customer.us_person_verified,
        every_row(us_owners, unread_owners),
        established,
        among(customer.opened_for, ("customer",)),
    )


def foreign_owners(owners, readings):
    return [k_and(beneficial_owner(owner, readings), k_not(us_person_owner(owner, readings))) for owner in owners]


def has_foreign_owner(customer, owners, readings, unread_owners):
    # Whoever is not on record may be one.
    missing = unread_owners or established(customer, readings) is not True
    return some_row(foreign_owners(owners, readings), missing)


def disposition(bound, subsidiary_out, finding, subsidiary, alone, readings):
    """The disposition with its paragraph: open where different answers remain possible."""
    possible = set()
    for is_bound in _worlds(bound):
        for is_out in _worlds(subsidiary_out):
            for is_subsidiary in _worlds(subsidiary):
                for is_alone in _worlds(alone):
                    possible.add(_disposed(is_bound, is_out, finding, is_subsidiary, is_alone, readings))
    if len({name for name, _ in possible}) == 1:
        return min(possible)
    return "undetermined", "7.302(d)(1)(i)"


def provider_disposition(provider, parent, as_of, alone, readings):
    """The disposition of an account, given who serves it and whether it is one of U.S. persons alone."""
    return disposition(
        duty(provider, parent, readings),
        categorically_exempt(provider, parent, readings),
        finding_made(provider, as_of),
        foreign_subsidiary(provider, parent, readings),
        alone,
        readings,
    )


def _worlds(truth):
    return (True, False) if truth is None else (truth,)


def _disposed(is_bound, is_out, finding, is_subsidiary, is_alone, readings):
    if is_out:
        return "exempt-foreign-subsidiary", "7.301"
    if not is_bound:
        return "out-of-scope", "7.301"
    if finding:
        if readings["foreign_subsidiary"] == "discretionary-exempt" and is_subsidiary:
            return "exempt-foreign-subsidiary", "7.306(a)"
        return "exempt-finding", "7.306(b)"
    if is_alone:
        return "exempt-us-persons", "7.302(d)(1)(i)"
    return "covered", "7.302(d)(1)(i)"


# The duties ---------------------------------------------------------------------------------------


def outcome(when, must):
    if when is False:
        return NOT_APPLICABLE
    if must is True:
        return MET
    return VIOLATED if when is True and must is False else UNDETERMINED


def party_duties(party, case, status, owner, is_owner):
    """The duties towards one customer or beneficial owner; ``owner`` is whether it is a beneficial one."""
    kind = "individual" if is_owner else party.kind
    individual, entity = among(kind, ("individual",)), among(kind, ("entity",))
    street, use = party.street_address is not None, party.use_locations is not None
    box_alone = party.military_box is not None and not street
    identified = k_and(case.covered, k_not(status), owner)

    opened = case.customer.opened_on
    in_time = None
    if opened is not None and party.verified_on is not None:
        in_time = party.verified_on <= opened
    strict = case.readings["provisional_use"] == "strict"

    return {
        "K302-01": outcome(k_and(case.cip_applies, status, owner), party.us_person_verified),
        "K302-03": outcome(identified, party.name is not None),
        "K302-04": outcome(k_and(identified, individual, not box_alone), street and use),
        "K302-05": outcome(k_and(identified, individual, box_alone), use),
        "K302-06": outcome(k_and(identified, entity), street and use and party.organized_in is not None),
        "K302-09": outcome(identified, party.email is not None),
        "K302-10": outcome(identified, party.phone is not None),
        "K302-14": outcome(identified, party.identity_verified),
        "K302-15": outcome(k_and(strict, identified, opened is not None), k_and(party.identity_verified, in_time)),
        "K302-16": outcome(k_and(identified, party.identity_verified), party.verification_method is not None),
    }


def account_duties(case):
    customer, owners = case.customer, case.owners
    accesses = [plain(access) for access in customer.accesses or ()]
    entity = among(customer.kind, ("entity",))

    # § 7.304(d): a newly established U.S. provider certifies before it furnishes an Account to a foreign customer.
    opened, established_on = customer.opened_on, case.provider.established_on
    before = certified_before(case.provider.first_certification_on, case.provider.previous_certification_on, opened)

    names = names_of_owners(customer, owners, case.beneficial, case.unread_owners)
    paid = some_row([pays(party) for party in (customer, *owners)], case.unread_owners)
    used = True if accesses else some_row([], case.unread_accesses)

    return {
        "K302-02": outcome(case.cip_applies, established(customer, case.readings)),
        "K302-07": outcome(k_and(case.covered, case.foreign_customer, entity), names),
        "K302-08": outcome(case.foreign_interest, paid),
        "K302-11": outcome(
            k_and(case.foreign_interest, customer.opened_on is not None),
            some_row([access.ip is not None for access in accesses], case.unread_accesses),
        ),
        "K302-12": outcome(
            k_and(case.foreign_interest, used),
            every_row([access.at is not None for access in accesses], case.unread_accesses),
        ),
        "K302-13": outcome(
            k_and(case.foreign_interest, used),
            every_row([reachable(access.ip) for access in accesses], case.unread_accesses),
        ),
        "K304-06": outcome(
            k_and(case.us_provider, case.foreign_customer, established_on is not None, opened is not None), before
        ),
    }


def names_of_owners(customer, owners, beneficial, unread_owners):
    """(B)(5): all of them are known, and each has a name. Nobody listed and nothing said is no names."""
    named = every_row(
        [k_or(k_not(owns), owner.name is not None) for owner, owns in zip(owners, beneficial, strict=True)],
        unread_owners,
    )
    if customer.owners_known is not True and not owners and not unread_owners:
        named = False
    return k_and(customer.owners_known, named)


def certified_before(first, last, opened):
    """Whether the first certification came before: of one that has certified since, only its day tells."""
    if opened is None:
        return None
    if any(day is not None and day <= opened for day in (first, last)):
        return True
    return None if first is None and last is not None else False


def established(customer, readings):
    if customer.owners_known is not None:
        return customer.owners_known
    if customer.kind == "individual" and readings["owners_of_individuals"] == "presumed-none":
        return True
    return None


def pays(party):
    return party.payment_type is not None and party.payment_reference is not None


def reachable(ip):
    if ip is None:
        return None
    address = ipaddress.ip_address(ip)
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_global


# Dates --------------------------------------------------------------------------------------------


def years_after(day, years):
    """The same day of a later year; the last of February where there is no 29th."""
    if day is None:
        return None
    last = calendar.monthrange(day.year + years, day.month)[1]
    return date(day.year + years, day.month, min(day.day, last))


def retained(customer, readings):
    closed, accessed = customer.closed_on, customer.last_accessed_on
    if readings["retention_clock"] == "earlier":
        ends = [day for day in (closed, accessed) if day is not None]
        return years_after(min(ends), 2) if ends else None
    if closed is None:
        return None
    return years_after(closed if accessed is None else max(closed, accessed), 2)


# All of it ----------------------------------------------------------------------------------------


def judge(customer, provider, upstream, parent, as_of, readings, unread_owners=False, unread_accesses=False):
    """What the rule makes of one account, as a namespace of plain values."""
    owners = [plain(owner) for owner in (plain(customer).owners or ())]
    customer, provider, upstream, parent = plain(customer), plain(provider), plain(upstream), plain(parent)

    bound = duty(provider, parent, readings)
    subsidiary_out = categorically_exempt(provider, parent, readings)
    found = finding_made(provider, as_of)
    alone = us_persons_alone(customer, owners, readings, unread_owners)
    named, basis = provider_disposition(provider, parent, as_of, alone, readings)

    statuses = [us_person_owner(owner, readings) for owner in owners]
    beneficial = [beneficial_owner(owner, readings) for owner in owners]
    status = us_person_customer(customer, readings)
    foreign_owner = has_foreign_owner(customer, owners, readings, unread_owners)
    cip_applies = k_and(bound, k_not(subsidiary_out), not found)
    covered = k_and(cip_applies, k_not(alone))
    case = SimpleNamespace(
        customer=customer,
        owners=owners,
        beneficial=beneficial,
        readings=readings,
        cip_applies=cip_applies,
        covered=covered,
        provider=provider,
        us_provider=k_and(roles(provider, parent, readings)[0], cip_applies),
        foreign_customer=k_not(status),
        foreign_interest=k_and(covered, k_or(k_not(status), foreign_owner)),
        unread_owners=unread_owners,
        unread_accesses=unread_accesses,
    )
    foreign_reseller = k_and(k_not(status), customer.reseller_account)

    renewed = years_after(provider.previous_certification_on, 1)
    reports = [
        ("certification-count", case.foreign_interest),
        ("unverified-account", k_and(covered, k_not(status), k_not(customer.identity_verified))),
        ("reseller-certification", k_and(covered, foreign_reseller)),
    ]
    return SimpleNamespace(
        us_person={
            "customer": status,
            "owners": statuses,
            "provider": us_person_provider(provider, readings),
            "upstream": us_person_provider(upstream, readings),
            "parent": us_person_provider(parent, readings),
        },
        disposition=named,
        basis=basis,
        foreign_customer=k_not(status),
        foreign_owner=foreign_owner,
        foreign_reseller=foreign_reseller,
        of_account={
            **party_duties(customer, case, status, True, is_owner=False),
            **account_duties(case),
        },
        of_owners=[
            party_duties(owner, case, is_us, is_beneficial, is_owner=True)
            for owner, is_us, is_beneficial in zip(owners, statuses, beneficial, strict=True)
        ],
        reports=[(kind, renewed) for kind, when in reports if when is True],
        retain_until=None if covered is False else retained(customer, readings),
    )


# § 7.308 Training ---------------------------------------------------------------------------------


def judge_training(
    transaction,
    customer,
    foreign_customer,
    provider,
    parent,
    alone,
    as_of,
    readings,
    unread_owners=False,
    unread_accesses=False,
):
    """The outcome of each duty for one transaction, and what of it is due, as kinds with dates."""
    owners = [plain(owner) for owner in customer.owners or ()]
    accesses = [plain(access) for access in customer.accesses or ()]
    foreign_owner = has_foreign_owner(customer, owners, readings, unread_owners)
    foreign = k_or(transaction.for_foreign_person, foreign_customer)
    covered = k_and(foreign, _large_model(transaction, readings))
    if readings["us_account_training"] == "exempt":
        covered = k_and(covered, k_not(alone))
    us_provider, reseller = training_roles(provider, parent, readings)
    bound = k_and(k_or(us_provider, reseller), k_not(categorically_exempt(provider, parent, readings)))
    reported_on_it = k_and(bound, covered)
    through = k_or(transaction.via_reseller is True, reseller)

    happened = transaction.agreed_on if transaction.changed_on is None else transaction.changed_on
    known = transaction.known_on
    start = {
        "knowledge": known,
        "earliest": min((day for day in (known, happened) if day is not None), default=None),
        "latest": None if known is None or happened is None else max(known, happened),
    }[readings["report_trigger"]]
    first, last = _days_after(start, 15), _days_after(happened, 30)
    asked, wrong = transaction.information_requested_on, transaction.inaccuracy_known_on
    answer_by, correct_by = _days_after(asked, 15), _days_after(wrong, 15)

    direct, indirect = k_and(reported_on_it, k_not(through)), k_and(reported_on_it, through)
    outcomes = {
        "K308-01": outcome(direct, _in_time(transaction.reported_on, first, as_of)),
        "K308-02": outcome(indirect, _in_time(transaction.reseller_reported_on, first, as_of)),
        "K308-03": outcome(indirect, _forwarded(transaction, last, as_of)),
        "K308-04": outcome(
            k_and(reported_on_it, foreign_customer),
            k_and(
                _described(customer, among(customer.kind, ("individual",))),
                k_or(
                    k_not(among(customer.kind, ("entity",))),
                    k_and(
                        None not in (transaction.request_location, customer.organized_in),
                        names_of_owners(
                            *(customer, owners),
                            *([beneficial_owner(owner, readings) for owner in owners], unread_owners),
                        ),
                    ),
                ),
            ),
        ),
        # Each of them, and nobody is missing from the record.
        "K308-12": outcome(
            k_and(reported_on_it, foreign_owner),
            k_and(
                every_row(
                    [
                        k_or(k_not(owns), _described(owner, True))
                        for owner, owns in zip(owners, foreign_owners(owners, readings), strict=True)
                    ],
                    unread_owners,
                ),
                True if established(customer, readings) else None,
            ),
        ),
        # Somebody else's name stands in the transaction; else it is nobody else's only if there is a foreign party.
        "K308-13": outcome(
            k_and(
                reported_on_it,
                k_or(transaction.foreign_person is not None, k_not(k_or(foreign_customer, foreign_owner))),
            ),
            _principal_described(transaction),
        ),
        "K308-14": outcome(
            reported_on_it,
            k_and(
                some_row([pays(party) for party in (customer, *owners)], unread_owners),
                k_or(
                    customer.opened_on is None,
                    some_row([access.ip is not None for access in accesses], unread_accesses),
                ),
                every_row([None not in (access.ip, access.at) for access in accesses], unread_accesses),
            ),
        ),
        "K308-05": outcome(
            reported_on_it,
            None not in (transaction.operations, transaction.start_on, transaction.end_on, transaction.accelerator)
            and None not in (transaction.training_practices, transaction.weights_policy, transaction.incidents),
        ),
        # (c)(3) and (4): what is asked for, and what was wrong, within 15 calendar days.
        "K308-06": outcome(
            k_and(reported_on_it, asked is not None),
            _answered(transaction.information_furnished_on, asked, answer_by, as_of),
        ),
        "K308-07": outcome(
            k_and(reported_on_it, wrong is not None),
            _answered(transaction.corrected_on, wrong, correct_by, as_of),
        ),
    }
    dues = [
        ("model-training", first, k_and(direct, transaction.reported_on is None)),
        ("reseller-model-training", first, k_and(indirect, transaction.reseller_reported_on is None)),
        ("model-training", last, k_and(indirect, transaction.reported_on is None)),
        (
            "follow-up-model-training",
            answer_by,
            k_and(reported_on_it, asked is not None and not _since(transaction.information_furnished_on, asked)),
        ),
        (
            "corrected-model-training",
            correct_by,
            k_and(reported_on_it, wrong is not None and not _since(transaction.corrected_on, wrong)),
        ),
    ]
    return outcomes, [(kind, by) for kind, by, when in dues if when is True]


def _described(party, individual):
    """Section 7.308(d)(1)(i)(A), (B)(1) to (3), (D) and (E): a box stands in for the address of an individual."""
    placed = k_or(party.street_address is not None, k_and(individual, party.military_box is not None))
    return k_and(None not in (party.name, party.email, party.phone), placed)


def _principal_described(transaction):
    kind = transaction.foreign_person_kind
    individual, entity = among(kind, ("individual",)), among(kind, ("entity",))
    boxed = k_and(individual, transaction.foreign_person_military_box is not None)
    organized = None not in (
        transaction.request_location,
        transaction.foreign_person_organized_in,
        transaction.foreign_person_owners,
    )
    reached = (transaction.foreign_person, transaction.foreign_person_email, transaction.foreign_person_phone)
    return k_and(
        None not in reached,
        k_or(transaction.foreign_person_address is not None, boxed),
        k_or(k_not(entity), organized),
    )


def _large_model(transaction, readings):
    if transaction.meets_technical_conditions is not None:
        return transaction.meets_technical_conditions
    if readings["technical_conditions"] != "eo14110-4-2-c-iii":
        return None
    return k_and(
        None if transaction.operations is None else transaction.operations > 10**26,
        transaction.single_datacenter,
        None if transaction.network_gbit_s is None else transaction.network_gbit_s > 100,
        None if transaction.cluster_ops_per_s is None else transaction.cluster_ops_per_s >= 10**20,
    )


def _in_time(filed, deadline, as_of):
    if deadline is None:
        return None
    return (as_of if filed is None else filed) <= deadline


def _forwarded(transaction, deadline, as_of):
    """In time, or late; open where the time had run out before anybody knew, or may have."""
    in_time = _in_time(transaction.reported_on, deadline, as_of)
    known = transaction.known_on
    return None if in_time is False and (known is None or known > deadline) else in_time


def _since(done, asked):
    return done is not None and done >= asked


def _answered(done, asked, deadline, as_of):
    """In time, where what was done before it was asked does not count."""
    return None if deadline is None else _in_time(done if _since(done, asked) else None, deadline, as_of)


def _days_after(day, count):
    return None if day is None else day + timedelta(days=count)
