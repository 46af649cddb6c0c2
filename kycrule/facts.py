"""The vocabulary of the rules: every fact, in the regulation's words, with its field and its English.

A fact of a *party* is asked of the customer or of one of its owners, whichever is the subject.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kycrule.expr import ALWAYS, Fact, Flag, Scope, some_access, some_owner


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
via_reseller = Flag("via_reseller", Scope.TRANSACTION, "the transaction is through a foreign reseller")
reported_on = _date("reported_on", Scope.TRANSACTION, "the date of the report to the Department")
reseller_reported_on = _date(
    "reseller_reported_on", Scope.TRANSACTION, "the date of the report of the reseller to the provider"
)

# Providers ----------------------------------------------------------------------------------------

us_owned = Flag("us_owned", Scope.PROVIDER, "{party} is owned by a U.S. person")
offers_iaas = Flag("offers_iaas", Scope.PROVIDER, "{party} is offering an IaaS product")
product_us_owned = Flag("product_us_owned", Scope.PROVIDER, "the product offered by {party} is owned by a U.S. person")
product_operated_in_us = Flag(
    "product_operated_in_us", Scope.PROVIDER, "the product offered by {party} is operated within the United States"
)
resells_for = _text("resells_for", Scope.PROVIDER, "the provider with which {party} holds an Account for onward supply")
previous_certification_on = _date("previous_certification_on", Scope.PROVIDER, "the date of the last CIP certification")
deterrence_program_finding = _date(
    "deterrence_program_finding", Scope.PROVIDER, "the date of a § 7.306 finding for {party}"
)

# The run ------------------------------------------------------------------------------------------

as_of = _date("as_of", Scope.RUN, "the date as of which this is asked")
