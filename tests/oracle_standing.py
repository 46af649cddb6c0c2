"""The oracle of what a provider and its foreign resellers owe: §§ 7.302(a), 7.303-7.306, 7.308(a) and (f).

Written from the text like ``tests/oracle.py``, on which it builds for who is a U.S. person and who is
bound. A blank date of an event stands for an event that has not happened.
"""

from datetime import timedelta

from oracle import (
    categorically_exempt,
    k_and,
    k_not,
    outcome,
    plain,
    roles,
    us_person_provider,
    years_after,
)

__all__ = ["judge_provider", "judge_reseller"]


# Whom it concerns ---------------------------------------------------------------------------------


def bound(provider, parent, readings, *, of_whatever_product=False):
    """A U.S. IaaS provider of U.S. IaaS products; § 7.308(a) asks for no U.S. product."""
    us_provider, _, product = roles(provider, parent, readings)
    in_the_rule = k_not(categorically_exempt(provider, parent, readings))
    return k_and(us_provider, in_the_rule, True if of_whatever_product else product)


def found(made, revoked, as_of):
    """Section 7.306(b) and (g): a finding exempts from its day until it is revoked."""
    return happened(made, as_of) and not happened(revoked, as_of)


def happened(day, as_of):
    return day is not None and day <= as_of


def freed(readings):
    """Section 7.306(a), (b), (e): the sections from which a finding for the provider and one for a reseller free it."""
    everything = {"7.302", "7.303", "7.304", "7.305", "7.307"}
    return {
        "para-b": ({"7.302", "7.304"}, {"7.303", "7.304"}),
        "para-e": ({"7.302", "7.304", "7.305"}, {"7.303", "7.304"}),
        "para-a-max": (everything, everything),
    }[readings["exemption_scope"]]


# Time ---------------------------------------------------------------------------------------------


def days_after(day, count):
    return None if day is None else day + timedelta(days=count)


def answered(done, asked, last, as_of):
    """Done after it was asked and not later than the last day; until it is done that day has not passed."""
    if last is None:
        return None
    if done is None or done < asked:
        return as_of <= last
    return done <= last


def notified(told, changed):
    """Told since it changed. The text sets no time: what is not told yet may still be."""
    return True if told is not None and told >= changed else None


# § 7.304(b) and (f): once a year -------------------------------------------------------------------


def window(certified):
    """From 60 calendar days before a year has gone by, to that day."""
    last = years_after(certified, 1)
    return days_after(last, -60), last


def renewed(earlier, certified, as_of):
    """The last certification came within the window of the one before it, and its own has not closed."""
    if certified is None:
        return None
    in_window = True
    if earlier is not None:
        opens, last = window(earlier)
        in_window = opens <= certified <= last
    return in_window and as_of <= window(certified)[1]


# § 7.306(f): upkeep of an exemption -----------------------------------------------------------------


def year_begins(finding, notification):
    """The year of the next annual notification, with the last one, or with the finding itself."""
    return max((day for day in (finding, notification) if day is not None), default=None)


def kept_up(begins, as_of):
    """Annual: within a year it is, after two it is not; between them the text does not tell."""
    if begins is None:
        return None
    if as_of <= years_after(begins, 1):
        return True
    return False if as_of > years_after(begins, 2) else None


# All of a provider --------------------------------------------------------------------------------


def judge_provider(provider, parent, as_of, readings):
    """The outcome and last day of each rule about a provider, and what is to be reported with its window."""
    provider, parent = plain(provider), plain(parent)
    concerned = bound(provider, parent, readings)
    finding = found(provider.deterrence_program_finding, provider.finding_revoked_on, as_of)
    exempt = freed(readings)[0] if finding else set()

    def under(section):
        return k_and(concerned, section not in exempt)

    certified = provider.previous_certification_on
    ever = any(
        day is not None for day in (provider.first_certification_on, provider.earlier_certification_on, certified)
    )
    asked_by = days_after(provider.cip_requested_on, 10)
    begins = year_begins(provider.deterrence_program_finding, provider.annual_notification_on)
    outcomes = {
        # § 7.302(a)
        "K302-17": (outcome(under("7.302"), provider.has_written_cip), None),
        # § 7.304(a): no day is set for the first one.
        "K304-01": (outcome(under("7.304"), True if ever else None), None),
        # § 7.304(b)
        "K304-02": (
            outcome(
                k_and(under("7.304"), ever),
                renewed(provider.earlier_certification_on, certified, as_of),
            ),
            window(certified)[1],
        ),
        # § 7.304(c)
        "K304-03": (
            outcome(
                k_and(under("7.304"), provider.business_changed_on is not None),
                provider.business_changed_on
                and notified(provider.business_change_notified_on, provider.business_changed_on),
            ),
            None,
        ),
        "K304-04": (
            outcome(
                k_and(under("7.304"), provider.contact_changed_on is not None),
                provider.contact_changed_on
                and notified(provider.contact_change_notified_on, provider.contact_changed_on),
            ),
            None,
        ),
        # § 7.305(a)
        "K305-01": (
            outcome(
                k_and(under("7.305"), provider.cip_requested_on is not None),
                answered(provider.cip_furnished_on, provider.cip_requested_on, asked_by, as_of),
            ),
            asked_by,
        ),
        "K305-02": (
            outcome(
                k_and(under("7.305"), provider.shortcomings_notified_on is not None),
                answered(
                    provider.resubmitted_on, provider.shortcomings_notified_on, provider.resubmission_due_on, as_of
                ),
            )
            if provider.shortcomings_notified_on is not None
            else outcome(False, None),
            provider.resubmission_due_on,
        ),
        # § 7.306(f)
        "K306-01": (
            outcome(
                k_and(concerned, finding, provider.program_changed_on is not None),
                provider.program_changed_on
                and notified(provider.program_change_notified_on, provider.program_changed_on),
            ),
            None,
        ),
        "K306-02": (outcome(k_and(concerned, finding), kept_up(begins, as_of)), years_after(begins, 1)),
    }
    reports = []
    if under("7.304") is True:
        reports.append(("certification", *window(certified)))
    if concerned is True and finding:
        reports.append(("annual-notification", None, years_after(begins, 1)))
    return outcomes, reports


# All of a foreign reseller ------------------------------------------------------------------------


def judge_reseller(reseller, provider, parent, as_of, readings):
    """The same of one foreign reseller that the provider supplies."""
    reseller, provider, parent = plain(reseller), plain(provider), plain(parent)
    # Whoever lists it as a foreign reseller takes it for a foreign person, unless it is shown to be a U.S. person.
    foreign = us_person_provider(reseller, readings) is not True
    # Whoever is supplied no longer is no reseller of the provider's products.
    gone = happened(reseller.terminated_on, as_of)
    concerned = k_and(bound(provider, parent, readings), foreign)
    concerned_by_training = k_and(bound(provider, parent, readings, of_whatever_product=True), foreign)
    finding = found(reseller.finding, reseller.finding_revoked_on, as_of)
    exempt = set()
    if found(provider.deterrence_program_finding, provider.finding_revoked_on, as_of):
        exempt |= freed(readings)[0]
    if finding:
        exempt |= freed(readings)[1]

    def under(section):
        return k_and(concerned, section not in exempt)

    def reselling(section):
        return k_and(under(section), not gone)

    asked_by = days_after(reseller.cip_requested_on, 10)
    reasons = [day for day in (reseller.unremediated_known_on, reseller.risk_increased_on) if day is not None]
    known_since = (reseller.evidence_of_failure_on, reseller.malicious_activity_found_on)
    ends_by = days_after(min(reasons, default=None), 30)
    certified = reseller.previous_certification_on
    begins = year_begins(reseller.finding, reseller.annual_notification_on)
    outcomes = {
        # § 7.303(b)
        "K303-01": (outcome(reselling("7.303"), reseller.has_written_cip), None),
        # § 7.303(d)
        "K303-02": (
            outcome(
                k_and(under("7.303"), reseller.cip_requested_on is not None),
                answered(reseller.cip_furnished_on, reseller.cip_requested_on, asked_by, as_of),
            ),
            asked_by,
        ),
        # § 7.303(e)
        "K303-03": (
            outcome(
                k_and(under("7.303"), reseller.evidence_of_failure_on is not None),
                gone or upon(reseller.evidence_of_failure_on, reseller.steps_taken_on, as_of),
            ),
            reseller.evidence_of_failure_on,
        ),
        "K303-05": (
            outcome(
                k_and(under("7.303"), None not in known_since),
                None not in known_since
                and (
                    as_of <= max(known_since)
                    or (
                        reseller.malicious_activity_reported_on is not None
                        and reseller.malicious_activity_reported_on >= reseller.malicious_activity_found_on
                    )
                ),
            ),
            None if None in known_since else max(known_since),
        ),
        "K303-04": (
            outcome(
                k_and(under("7.303"), ends_by is not None),
                ends_by and (reseller.terminated_on or as_of) <= ends_by,
            ),
            ends_by,
        ),
        # § 7.304(c)
        "K304-05": (
            outcome(
                k_and(under("7.304"), reseller.contact_changed_on is not None),
                reseller.contact_changed_on
                and notified(reseller.contact_change_notified_on, reseller.contact_changed_on),
            ),
            None,
        ),
        # § 7.304(d)
        "K304-07": (
            outcome(
                k_and(under("7.304"), reseller.supplied_on is not None),
                # What is supplied without a notice was not notified before.
                reseller.notified_on is not None
                and reseller.supplied_on is not None
                and reseller.notified_on <= reseller.supplied_on,
            ),
            None,
        ),
        # § 7.304(e)
        "K304-08": (outcome(reselling("7.304"), reseller.information_collected), None),
        # § 7.304(f)
        "K304-09": (
            outcome(reselling("7.304"), renewed(reseller.earlier_certification_on, certified, as_of)),
            window(certified)[1],
        ),
        # § 7.305(a)
        "K305-03": (outcome(reselling("7.305"), reseller.cip_copy_held), None),
        # § 7.306(f)
        "K306-03": (
            outcome(
                k_and(concerned, not gone, finding, reseller.program_changed_on is not None),
                reseller.program_changed_on
                and notified(reseller.program_change_notified_on, reseller.program_changed_on),
            ),
            None,
        ),
        "K306-04": (outcome(k_and(concerned, not gone, finding), kept_up(begins, as_of)), years_after(begins, 1)),
        # § 7.308(a)(2)
        "K308-08": (outcome(k_and(concerned_by_training, not gone), reseller.requires_training_reports), None),
        # § 7.308(f)
        "K308-09": (outcome(k_and(concerned, not gone), reseller.training_efforts), None),
        "K308-10": (
            outcome(
                k_and(concerned, not gone, reseller.training_noncompliance_on is not None),
                upon(reseller.training_noncompliance_on, reseller.training_compliance_requested_on, as_of),
            ),
            reseller.training_noncompliance_on,
        ),
        "K308-11": (
            outcome(
                k_and(concerned, reseller.training_unremediated_on is not None), gone or suspended(reseller, as_of)
            ),
            reseller.training_unremediated_on,
        ),
    }
    reports = []
    if reselling("7.304") is True:
        reports.append(("reseller-certification", *window(certified)))
    if k_and(concerned, not gone) is True and finding:
        reports.append(("annual-notification", None, years_after(begins, 1)))
    return outcomes, reports


def upon(evidence, done, as_of):
    """Done since the evidence came: upon receipt, so that on the day itself nothing is late."""
    if evidence is None:
        return None
    return as_of <= evidence or (done is not None and done >= evidence)


def suspended(reseller, as_of):
    """Supply is suspended once it is known that nothing was remedied, and resumed upon assurances since then alone."""
    since, stopped = reseller.training_unremediated_on, reseller.suspended_on
    resumed, assured = reseller.resumed_on, reseller.assurances_on
    if since is None:
        return None
    if as_of <= since:
        return True
    if stopped is None:
        return False
    if resumed is None or resumed < stopped:
        return True
    return assured is not None and since <= assured <= resumed
