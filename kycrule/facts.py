"""The vocabulary of the rules: every fact, in the regulation's words, with its field and its English.

A fact of a *party* is asked of the customer or of one of its owners, whichever is the subject.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kycrule.expr import ALWAYS, Condition, Fact, Flag, Scope, Undecided, Value, some_access, some_owner


def _text(name: str, scope: Scope, says: str) -> Fact[str]:
    return Fact(name, scope, says, "text")


def _list(name: str, scope: Scope, says: str) -> Fact[tuple[str, ...]]:
    return Fact(name, scope, says, "list")


def _date(name: str, scope: Scope, says: str) -> Fact[date]:
    return Fact(name, scope, says, "date")


def _number(name: str, scope: Scope, says: str) -> Fact[Decimal]:
    return Fact(name, scope, says, "number")


# Parties: customers and beneficial owners ---------------------------------------------------------

is_customer = Flag("is_customer", Scope.PARTY, "{party} is the customer")
kind = _text("kind", Scope.PARTY, "the kind of {party}")
is_individual = kind.equals("individual")
is_entity = kind.equals("entity")
name = _text("name", Scope.PARTY, "the name of {party}")
other_names = _list("other_names", Scope.PARTY, "the other names of {party}")
citizenships = _list("citizenships", Scope.PARTY, "the citizenships of {party}")
us_permanent_resident = Flag(
    "us_permanent_resident", Scope.PARTY, "{party} is a lawful permanent resident of the United States"
)
organized_in = _text("organized_in", Scope.PARTY, "the country under whose law {party} is organized")
located_in = _text("located_in", Scope.PARTY, "the asserted location of {party}")
street_address = _text("street_address", Scope.PARTY, "the street address of {party}")
country = _text("country", Scope.PARTY, "the country of the address of {party}")
military_box = _text("military_box", Scope.PARTY, "the APO or FPO box number of {party}")
use_locations = _list("use_locations", Scope.PARTY, "the list of locations from which the product will be used")
email = _text("email", Scope.PARTY, "the e-mail address")
phone = _text("phone", Scope.PARTY, "the telephone number")
payment_type = _text("payment_type", Scope.PARTY, "the means of payment")
payment_reference = _text("payment_reference", Scope.PARTY, "the number or identifier of the payment")
us_person_verified = Flag(
    "us_person_verified", Scope.PARTY, "the claim of {party} to be a U.S. person was checked with reasonable diligence"
)
identity_verified = Flag("identity_verified", Scope.PARTY, "the identity of {party} was verified")
verification_method = _text("verification_method", Scope.PARTY, "the method of verification")
verified_on = _date("verified_on", Scope.PARTY, "the date of verification")

has_only_military_box = military_box.is_given & ~street_address.is_given

# The Account --------------------------------------------------------------------------------------

account_id = _text("account_id", Scope.ACCOUNT, "the Account")
opened_on = _date("opened_on", Scope.ACCOUNT, "the date on which the Account was opened")
closed_on = _date("closed_on", Scope.ACCOUNT, "the date on which the Account was closed")
last_accessed_on = _date("last_accessed_on", Scope.ACCOUNT, "the date on which the Account was last accessed")
opened_for = _text("opened_for", Scope.ACCOUNT, "the person for whose use the Account is opened")
reseller_account = Flag(
    "reseller_account", Scope.ACCOUNT, "the Account was opened to offer the products on to a third party"
)
owners_known = Flag("owners_known", Scope.ACCOUNT, "the ownership and control of the customer are fully established")
has_owners = some_owner(ALWAYS)
has_accesses = some_access()

# Owners -------------------------------------------------------------------------------------------

share = _number("share", Scope.OWNER, "the share of {party} in the ownership interests")
substantial_control = Flag(
    "substantial_control", Scope.OWNER, "{party} is someone who exercises substantial control over the customer"
)
senior_officer = Flag("senior_officer", Scope.OWNER, "{party} is a senior officer of the customer")

# Accesses -----------------------------------------------------------------------------------------

ip = _text("ip", Scope.ACCESS, "the address used")
at = _date("at", Scope.ACCESS, "the date and time of the access")
ip_reachable = Flag("ip_reachable", Scope.ACCESS, "the address is globally reachable")

# Training transactions ----------------------------------------------------------------------------

agreed_on = _date("agreed_on", Scope.TRANSACTION, "the date on which the transaction occurred")
changed_on = _date("changed_on", Scope.TRANSACTION, "the date on which its arrangements changed")
known_on = _date("known_on", Scope.TRANSACTION, "the date of knowledge of the transaction")
for_foreign_person = Flag(
    "for_foreign_person", Scope.TRANSACTION, "the transaction is by, for or on behalf of a foreign person"
)
operations = _number("operations", Scope.TRANSACTION, "the number of operations of the training run")
single_datacenter = Flag("single_datacenter", Scope.TRANSACTION, "the cluster is in one datacenter")
network_gbit_s = _number("network_gbit_s", Scope.TRANSACTION, "the network of the cluster, in gigabits per second,")
cluster_ops_per_s = _number(
    "cluster_ops_per_s", Scope.TRANSACTION, "the theoretical maximum of the cluster, in operations per second,"
)
meets_technical_conditions = Flag(
    "meets_technical_conditions", Scope.TRANSACTION, "the model is said to be one that meets the technical conditions"
)
start_on = _date("start_on", Scope.TRANSACTION, "the anticipated start date")
end_on = _date("end_on", Scope.TRANSACTION, "the anticipated completion date")
accelerator = _text("accelerator", Scope.TRANSACTION, "the model of the primary accelerator")
training_practices = _text("training_practices", Scope.TRANSACTION, "the information on training practices")
weights_policy = _text("weights_policy", Scope.TRANSACTION, "the policies to protect model weights")
incidents = _text("incidents", Scope.TRANSACTION, "the list of security events of the last four years")
request_location = _text("request_location", Scope.TRANSACTION, "the location from which the request originates")
foreign_person = _text("foreign_person", Scope.TRANSACTION, "the name of the foreign person behind the transaction")
foreign_person_kind = _text("foreign_person_kind", Scope.TRANSACTION, "the kind of that person")
foreign_person_address = _text("foreign_person_address", Scope.TRANSACTION, "the address of that person")
foreign_person_military_box = _text(
    "foreign_person_military_box", Scope.TRANSACTION, "the APO or FPO box number of that person"
)
foreign_person_organized_in = _text(
    "foreign_person_organized_in", Scope.TRANSACTION, "the country under whose laws that person is organized"
)
foreign_person_owners = _list(
    "foreign_person_owners", Scope.TRANSACTION, "the list of beneficial owners of that person"
)
foreign_person_email = _text("foreign_person_email", Scope.TRANSACTION, "the e-mail address of that person")
foreign_person_phone = _text("foreign_person_phone", Scope.TRANSACTION, "the telephone number of that person")
via_reseller = Flag("via_reseller", Scope.TRANSACTION, "the transaction is through a foreign reseller")
reported_on = _date("reported_on", Scope.TRANSACTION, "the date of the report to the Department")
reseller_reported_on = _date(
    "reseller_reported_on", Scope.TRANSACTION, "the date of the report of the reseller to the provider"
)
information_requested_on = _date(
    "information_requested_on", Scope.TRANSACTION, "the date of the Department's request for more information"
)
information_furnished_on = _date("information_furnished_on", Scope.TRANSACTION, "the date of the follow-up report")
inaccuracy_known_on = _date(
    "inaccuracy_known_on", Scope.TRANSACTION, "the date of knowledge that a report was inaccurate when filed"
)
corrected_on = _date("corrected_on", Scope.TRANSACTION, "the date of the corrected report")

# Providers and resellers --------------------------------------------------------------------------

has_written_cip = Flag("has_written_cip", Scope.COMPANY, "{party} is maintaining and implementing a written CIP")
first_certification_on = _date("first_certification_on", Scope.COMPANY, "the date of the first CIP certification")
earlier_certification_on = _date(
    "earlier_certification_on", Scope.COMPANY, "the date of the CIP certification before the last one"
)
previous_certification_on = _date("previous_certification_on", Scope.COMPANY, "the date of the last CIP certification")
contact_changed_on = _date("contact_changed_on", Scope.COMPANY, "the date on which the Primary Contact changed")
contact_change_notified_on = _date(
    "contact_change_notified_on", Scope.COMPANY, "the date of notice of the new Primary Contact"
)
cip_requested_on = _date("cip_requested_on", Scope.COMPANY, "the date of the Department's request for the CIP")
cip_furnished_on = _date("cip_furnished_on", Scope.COMPANY, "the date on which the CIP was furnished")
program_changed_on = _date(
    "program_changed_on", Scope.COMPANY, "the date of a significant change of the deterrence programme"
)
program_change_notified_on = _date("program_change_notified_on", Scope.COMPANY, "the date of notice of that change")
annual_notification_on = _date("annual_notification_on", Scope.COMPANY, "the date of the last annual notification")
finding_revoked_on = _date("finding_revoked_on", Scope.COMPANY, "the date on which the § 7.306 finding was revoked")

us_owned = Flag("us_owned", Scope.PROVIDER, "{party} is owned by a U.S. person")
offers_iaas = Flag("offers_iaas", Scope.PROVIDER, "{party} is offering an IaaS product")
product_us_owned = Flag("product_us_owned", Scope.PROVIDER, "the product offered by {party} is owned by a U.S. person")
product_operated_in_us = Flag(
    "product_operated_in_us", Scope.PROVIDER, "the product offered by {party} is operated within the United States"
)
resells_for = _text("resells_for", Scope.PROVIDER, "the provider with which {party} holds an Account for onward supply")
established_on = _date("established_on", Scope.PROVIDER, "the date on which {party} was newly established")
business_changed_on = _date(
    "business_changed_on", Scope.PROVIDER, "the date of a significant change of business, structure or CIP"
)
business_change_notified_on = _date("business_change_notified_on", Scope.PROVIDER, "the date of notice of that change")
shortcomings_notified_on = _date(
    "shortcomings_notified_on", Scope.PROVIDER, "the date on which the Department told of shortcomings of a CIP"
)
resubmission_due_on = _date("resubmission_due_on", Scope.PROVIDER, "the day set for the CIP to be resubmitted")
resubmitted_on = _date("resubmitted_on", Scope.PROVIDER, "the date on which the CIP was resubmitted")
deterrence_program_finding = _date(
    "deterrence_program_finding", Scope.PROVIDER, "the date of a § 7.306 finding for {party}"
)

supplied_on = _date("supplied_on", Scope.RESELLER, "the date on which the reseller was first supplied")
notified_on = _date("notified_on", Scope.RESELLER, "the date of notice of the new reseller")
information_collected = Flag(
    "information_collected", Scope.RESELLER, "what the certification of the reseller needs was collected"
)
cip_copy_held = Flag("cip_copy_held", Scope.RESELLER, "a copy of the CIP of the reseller is held")
evidence_of_failure_on = _date(
    "evidence_of_failure_on", Scope.RESELLER, "the date of evidence that the reseller fails its CIP or lacks good faith"
)
steps_taken_on = _date("steps_taken_on", Scope.RESELLER, "the date of steps to close the Account of the reseller")
malicious_activity_found_on = _date(
    "malicious_activity_found_on", Scope.RESELLER, "the date on which malicious activity was discovered"
)
malicious_activity_reported_on = _date(
    "malicious_activity_reported_on", Scope.RESELLER, "the date on which that activity was reported to the authorities"
)
unremediated_known_on = _date(
    "unremediated_known_on", Scope.RESELLER, "the date of knowledge that the reseller has not remediated"
)
risk_increased_on = _date(
    "risk_increased_on", Scope.RESELLER, "the date on which going on was found to increase the risk of malicious use"
)
terminated_on = _date("terminated_on", Scope.RESELLER, "the date on which the relationship was terminated")
requires_training_reports = Flag(
    "requires_training_reports", Scope.RESELLER, "the reseller is required to report training"
)
training_efforts = Flag(
    "training_efforts", Scope.RESELLER, "every reasonable effort was made that the reseller complies with § 7.308"
)
training_noncompliance_on = _date(
    "training_noncompliance_on", Scope.RESELLER, "the date of evidence that the reseller does not comply with § 7.308"
)
training_compliance_requested_on = _date(
    "training_compliance_requested_on", Scope.RESELLER, "the date on which the reseller was asked for its compliance"
)
training_unremediated_on = _date(
    "training_unremediated_on", Scope.RESELLER, "the date of evidence that the reseller did not remediate"
)
suspended_on = _date("suspended_on", Scope.RESELLER, "the date on which supply was suspended")
assurances_on = _date("assurances_on", Scope.RESELLER, "the date of adequate assurances of the reseller")
resumed_on = _date("resumed_on", Scope.RESELLER, "the date on which supply was resumed")
finding = _date("finding", Scope.RESELLER, "the date of a § 7.306 finding for the reseller")

# The run ------------------------------------------------------------------------------------------

as_of = _date("as_of", Scope.RUN, "the date as of which this is asked")

# Ways to ask --------------------------------------------------------------------------------------


def in_time(done: Value[date], last: Value[date]) -> Condition:
    """Whether something was done not later than a day; while it is not done, whether that day has not passed."""
    return (done.is_given & (done <= last)) | (~done.is_given & (as_of <= last))


def since(done: Fact[date], asked: Value[date]) -> Condition:
    """Whether something was done on the day on which it was asked for, or after; yes or no, never unknown.

    What was done before that day answered something else.
    """
    return (done >= asked).is_yes


def answered(done: Fact[date], asked: Value[date], last: Value[date]) -> Condition:
    """Whether what was asked for was done since, not later than a day; until then, whether that day has not passed."""
    return (since(done, asked) & (done <= last)) | (~since(done, asked) & (as_of <= last))


def told_since(told: Fact[date], changed: Value[date]) -> Condition:
    """Whether something was told since it changed; the text sets no time, so that before it is told it stays open."""
    return (told.is_given & (changed <= told)) | Undecided(told.name, "the text sets no time for this notice")
