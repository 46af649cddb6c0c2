"""The oracle of special measures on Accounts, § 7.307, from its text."""

from datetime import timedelta

import oracle
from oracle import k_and, k_not, k_or, outcome, plain


def binds(measure, as_of):
    """Section 7.307(a)(5) and (6): from day 180 on, and to the end of the 365 days that begin with its issuance."""
    first = measure.issued_on + timedelta(days=180)
    last = measure.issued_on + timedelta(days=364)
    if measure.extended_until is not None:
        last = max(last, measure.extended_until)
    return first <= as_of <= last


def concerns(measure, customer, owners, status, readings, unread_owners):
    """Section 7.307(b): whether an Account is one on which the measure falls."""
    if measure.jurisdiction is not None:
        # Which part of a country an address lies in is not told by the record.
        part = None if measure.region is not None else True
        own = k_and(k_not(status), _located(customer, measure.jurisdiction, readings), part)
        # An Account may be held on behalf of a foreign beneficial owner who is there.
        behind = some_owner(
            [
                k_and(
                    oracle.beneficial_owner(owner, readings),
                    k_not(oracle.us_person_owner(owner, readings)),
                    _located(owner, measure.jurisdiction, readings),
                )
                for owner in owners
            ],
            unread_owners,
        )
        return k_or(own, k_and(behind, None))
    if customer.account_id in (measure.accounts or ()):
        return True
    parties = [(customer, status), *((owner, oracle.us_person_owner(owner, readings)) for owner in owners)]
    return some_owner([_may_be(party, us_person, measure.person) for party, us_person in parties], unread_owners)


def some_owner(truths, unread):
    return k_or(*truths, None if unread else False)


def _may_be(party, us_person, person):
    """A foreign person of that name may be that person, or a namesake."""
    return k_and(k_not(us_person), None if person in (party.name, *(party.other_names or ())) else False)


def _located(customer, jurisdiction, readings):
    where = customer.located_in
    if where is None and readings["located"] == "asserted-or-address":
        where = customer.country
    return oracle.among(where, (jurisdiction,))


def judge_measures(customer, provider, parent, measures, as_of, readings, unread_owners=False):
    """The outcome of the prohibition, and of the conditions, for one Account."""
    owners = [plain(owner) for owner in (plain(customer).owners or ())]
    customer, provider, parent = plain(customer), plain(provider), plain(parent)
    status = oracle.us_person_customer(customer, readings)
    us_provider, _, product = oracle.roles(provider, parent, readings)
    bound = k_and(us_provider, product, k_not(oracle.categorically_exempt(provider, parent, readings)))
    if readings["exemption_scope"] == "para-a-max" and oracle.finding_made(provider, as_of):
        bound = False
    # Section 7.302(d)(1)(i) takes Accounts of U.S. persons alone out of the whole subpart.
    alone = oracle.us_persons_alone(customer, owners, readings, unread_owners)
    in_force = [measure for measure in measures if binds(measure, as_of)]

    def under(effect):
        falls = [
            concerns(measure, customer, owners, status, readings, unread_owners)
            for measure in in_force
            if measure.effect == effect
        ]
        return k_and(bound, k_not(alone), k_or(*falls))

    # An Account without a day of opening is not open.
    closed = customer.opened_on is None or (customer.closed_on is not None and customer.closed_on <= as_of)
    return {
        "K307-01": outcome(under("prohibit"), closed),
        "K307-02": outcome(under("condition"), True if closed else None),
    }
