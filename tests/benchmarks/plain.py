"""What an engineer would write by hand for the same decision: the peer of the benchmarks.

No unknown is explained, no reading can be changed, no row is validated; just the disposition and the
codes of the duties violated or undetermined, under the default readings, for a provider that is bound.
"""

from kycrule.addresses import is_globally_reachable

US = frozenset({"US", "AS", "GU", "MP", "PR", "UM", "VI"})
CITIZENS = frozenset({"US", "GU", "MP", "PR", "VI"})
NATIONALS = frozenset({"AS", "UM"})


def us_person(party, kind):
    """Whether a party is a U.S. person: True, False, or None."""
    address = party.country
    if party.located_in is not None:
        located = party.located_in in US
    elif address is None:
        located = None
    elif address not in US:
        located = False
    elif party.military_box is not None and party.street_address is None:
        located = None
    elif kind == "individual" or (party.organized_in is not None and party.organized_in in US):
        located = True
    else:
        located = None
    if located:
        return True
    citizen = None
    if kind != "entity":
        if party.citizenships is not None:
            citizen = not CITIZENS.isdisjoint(party.citizenships)
            if not citizen and not NATIONALS.isdisjoint(party.citizenships):
                citizen = None
        if party.us_permanent_resident:
            citizen = True
    organized = None if party.organized_in is None else party.organized_in in US
    limb = citizen if kind == "individual" else organized if kind == "entity" else None
    if kind is None and citizen is False and organized is False:
        limb = False
    return True if limb else False if limb is False and located is False else None


def beneficial(owner):
    """Whether an owner is a beneficial owner."""
    if owner.substantial_control or (owner.share is not None and owner.share >= 25):
        return True
    return None if owner.substantial_control is None or owner.share is None else False


def decide(customer):
    """The disposition, whether anybody is foreign, and the findings, of one account of a bound provider."""
    status = us_person(customer, customer.kind)
    owners = [(owner, beneficial(owner), us_person(owner, "individual")) for owner in customer.owners]
    known = customer.owners_known
    if known is None and customer.kind == "individual":
        known = True

    foreign_owner = False if known else None
    for _, owns, is_us in owners:
        if owns and is_us is False:
            foreign_owner = True
            break
        if owns is not False and is_us is not True:
            foreign_owner = None

    alone = True
    parts = [status, customer.us_person_verified, known]
    parts.append(None if customer.opened_for is None else customer.opened_for == "customer")
    for owner, owns, is_us in owners:
        if owns is False:
            continue
        verified = is_us is True and owner.us_person_verified is True
        refused = owns and (is_us is False or owner.us_person_verified is False)
        parts.append(True if verified else False if refused else None)
    if False in parts:
        alone = False
    elif None in parts:
        alone = None

    disposition = "exempt-us-persons" if alone else "undetermined" if alone is None else "covered"
    foreign = None if status is None else not status
    findings = []
    covered = None if alone is None else not alone

    def judge(code, when, must):
        if when is not False and must is not True:
            findings.append((code, when is True and must is False))

    def both(*truths):
        return False if False in truths else None if None in truths else True

    def party(record, kind, is_us, owns):
        judge("K302-01", both(is_us, owns), record.us_person_verified)
        when = both(covered, None if is_us is None else not is_us, owns)
        if when is False:
            return
        individual = None if kind is None else kind == "individual"
        box = record.military_box is not None and record.street_address is None
        street, uses = record.street_address is not None, record.use_locations is not None
        judge("K302-03", when, record.name is not None)
        judge("K302-04", both(when, individual, not box), street and uses)
        judge("K302-05", both(when, individual, box), uses)
        judge(
            "K302-06",
            both(when, None if kind is None else kind == "entity"),
            both(street, uses, record.organized_in is not None),
        )
        judge("K302-09", when, record.email is not None)
        judge("K302-10", when, record.phone is not None)
        judge("K302-14", when, record.identity_verified)
        if customer.opened_on is not None:
            early = None if record.verified_on is None else record.verified_on <= customer.opened_on
            judge("K302-15", when, both(record.identity_verified, early))
        judge("K302-16", both(when, record.identity_verified), record.verification_method is not None)

    party(customer, customer.kind, status, True)
    judge("K302-02", True, known)
    if customer.kind != "individual":
        named = True
        for owner, owns, _ in owners:
            if owner.name is None and owns is not False:
                named = None if owns is None and named else False
        some = customer.owners_known is True or bool(owners)
        judge(
            "K302-07",
            both(covered, foreign, None if customer.kind is None else True),
            both(customer.owners_known, some, named),
        )
    interest = both(
        covered, True if foreign or foreign_owner else None if foreign is None or foreign_owner is None else False
    )
    if interest is not False:
        paid = any(
            record.payment_type is not None and record.payment_reference is not None
            for record in (customer, *customer.owners)
        )
        judge("K302-08", interest, paid)
        if customer.opened_on is not None:
            judge("K302-11", interest, any(access.ip is not None for access in customer.accesses))
        if customer.accesses:
            judge("K302-12", interest, all(access.at is not None for access in customer.accesses))
            reached = [None if access.ip is None else is_globally_reachable(access.ip) for access in customer.accesses]
            judge("K302-13", interest, both(*reached))
    for owner, owns, is_us in owners:
        party(owner, "individual", is_us, owns)
    return disposition, foreign, foreign_owner, findings


QUERY = """
WITH parties AS (
    SELECT 0 AS owner, account_id, kind, citizenships, us_permanent_resident, organized_in, located_in, country,
           military_box, street_address, NULL::BOOLEAN AS control, NULL::DECIMAL(15, 12) AS share, us_person_verified
    FROM customers
    UNION ALL
    SELECT 1, account_id, 'individual', citizenships, us_permanent_resident, organized_in, located_in, country,
           military_box, street_address, substantial_control, share, us_person_verified
    FROM owners
), judged AS (
    SELECT *, CASE WHEN owner = 0 THEN TRUE ELSE control OR share >= 25 END AS owns,
        (kind = 'individual' AND (
            list_has_any({citizenships}, ['US', 'GU', 'MP', 'PR', 'VI'])
            OR (list_has_any({citizenships}, ['AS', 'UM']) AND NULL::BOOLEAN)
            OR us_permanent_resident IS TRUE))
        OR (kind = 'entity' AND organized_in IN {us})
        OR (located_in IS NOT NULL AND located_in IN {us})
        OR (located_in IS NULL AND country IN {us}
            AND (military_box IS NULL OR street_address IS NOT NULL OR NULL::BOOLEAN)
            AND (kind = 'individual' OR organized_in IN {us} OR NULL::BOOLEAN)) AS us
    FROM parties
), totals AS (
    SELECT account_id,
        min(CASE WHEN owns AND (NOT us OR NOT us_person_verified) THEN 0
                 WHEN NOT owns OR (us AND us_person_verified) THEN 2 ELSE 1 END) AS alone,
        max(CASE WHEN owns AND NOT us THEN 2 WHEN NOT owns OR us THEN 0 ELSE 1 END) AS foreigners
    FROM judged WHERE owner = 1 GROUP BY account_id
), accounts AS (
    SELECT c.*, j.us,
        COALESCE(c.owners_known, CASE WHEN c.kind = 'individual' THEN TRUE END) AS known,
        CASE COALESCE(t.alone, 2) WHEN 2 THEN TRUE WHEN 0 THEN FALSE END AS us_owners,
        COALESCE(t.foreigners, 0) AS foreigners
    FROM customers AS c JOIN judged AS j ON j.owner = 0 AND j.account_id = c.account_id
    LEFT JOIN totals AS t ON t.account_id = c.account_id
), answers AS (
    SELECT account_id, NOT us AS foreign_customer,
        (CASE foreigners WHEN 2 THEN TRUE WHEN 1 THEN NULL ELSE FALSE END)
            OR (CASE WHEN known THEN FALSE END) AS foreign_owner,
        us AND us_person_verified AND us_owners AND known AND opened_for = 'customer' AS alone
    FROM accounts
)
SELECT account_id, foreign_customer, foreign_owner,
    CASE WHEN alone THEN 'exempt-us-persons' WHEN NOT alone THEN 'covered' ELSE 'undetermined' END AS disposition
FROM answers ORDER BY account_id
"""
"""The same decision without the findings, on files read with DuckDB's own types and no accounting."""
