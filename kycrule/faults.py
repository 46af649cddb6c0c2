"""The faults of input: what can be wrong with a cell, a row or a file, each with a code and a remedy.

A fault of a row puts that row in quarantine; a fault of a file (K99x) stops the run with exit code 3.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way for input to be wrong.

    Attributes:
        code: ``K9`` and two digits; never reused.
        name: the wrong state in kebab-case.
        says: what was found, one sentence, without any value.
        remedy: how to mend it, one sentence.
    """

    code: str
    name: str
    says: str
    remedy: str


# The rows of a file -------------------------------------------------------------------------------

RAGGED_ROW = Fault(
    code="K901",
    name="ragged-row",
    says="The row has more or fewer fields than the header.",
    remedy="Quote cells that contain the delimiter, and write every column, empty ones too.",
)
BAD_QUOTES = Fault(
    code="K902",
    name="bad-quotes",
    says="A quoted field does not end where the field ends, or never ends.",
    remedy='Begin and end the field with one double quote and double those inside it ("" for ").',
)
CONTROL_CHARACTER = Fault(
    code="K903",
    name="control-character",
    says="The row holds a NUL or another control character.",
    remedy="Export the file again as text; only tabs and line ends inside quotes are allowed.",
)
INVALID_UTF8 = Fault(
    code="K904",
    name="invalid-utf8",
    says="The row holds bytes that are not UTF-8.",
    remedy="Export the file again as UTF-8; another encoding was probably mixed in.",
)
ROW_TOO_LONG = Fault(
    code="K905",
    name="row-too-long",
    says="The row is longer than 1 MiB.",
    remedy="Look for a quote that never closes, or shorten the row.",
)
BAD_JSON = Fault(
    code="K906",
    name="bad-json",
    says="The line is not one JSON object with the names of a record.",
    remedy="Write one object per line, with the field names that `kycrule init` lists.",
)

# The cells of a row -------------------------------------------------------------------------------

BAD_DATE = Fault(
    code="K910",
    name="bad-date",
    says="A date is not a calendar date from 1900-01-01 to 2199-12-31.",
    remedy="Write it as YYYY-MM-DD; leave it blank if the event has not happened.",
)
BAD_TIME = Fault(
    code="K911",
    name="bad-time",
    says="A time is not an RFC 3339 time with an offset.",
    remedy="Write it as 2024-05-31T23:59:00Z or with an offset such as +02:00.",
)
BAD_COUNTRY = Fault(
    code="K912",
    name="bad-country",
    says="A country is not an ISO 3166-1 alpha-2 or alpha-3 code.",
    remedy="Write the code (DE or DEU), never the name.",
)
BAD_ADDRESS = Fault(
    code="K913",
    name="bad-ip-address",
    says="An IP address is not a plain IPv4 or IPv6 address.",
    remedy="Write the address alone: no port, prefix, brackets, zone or leading zeros.",
)
BAD_SHARE = Fault(
    code="K914",
    name="bad-share",
    says="A share is not a plain decimal number with at most 12 decimals.",
    remedy="Write the percentage as digits with a decimal point, without a percent sign: 33.5.",
)
SHARE_OUT_OF_RANGE = Fault(
    code="K915",
    name="share-out-of-range",
    says="A share is over 100 percent.",
    remedy="Write the percentage of the ownership interests, from 0 to 100.",
)
BAD_YES_NO = Fault(
    code="K916",
    name="bad-yes-no",
    says="A yes/no cell holds something else.",
    remedy="Write yes, no, true, false, 1, 0, y or n; leave it blank if unknown.",
)
UNKNOWN_CHOICE = Fault(
    code="K917",
    name="unknown-choice",
    says="A cell holds none of the values that its column allows.",
    remedy="Use one of the values listed for the column; leave it blank if unknown.",
)
TEXT_TOO_LONG = Fault(
    code="K918",
    name="text-too-long",
    says="A text is longer than its column allows.",
    remedy="Shorten it; look for a column that slipped, or a quote that never closed.",
)
BAD_EMAIL = Fault(
    code="K919",
    name="bad-email",
    says="An e-mail address is not of the form name@host.",
    remedy="Write one address; leave the cell blank if none was obtained.",
)
BAD_PHONE = Fault(
    code="K920",
    name="bad-phone",
    says="A telephone number has fewer than five digits.",
    remedy="Write the number with its country code; leave the cell blank if none was obtained.",
)

BAD_NUMBER = Fault(
    code="K921",
    name="bad-number",
    says="A number is not a plain one of the size that its column allows.",
    remedy="Write digits, with a decimal point or as 1e26 where the column allows it, and no unit.",
)
BAD_RANGE = Fault(
    code="K922",
    name="bad-share-or-range",
    says="A share is no percentage with at most 12 decimals, and no range of percentages.",
    remedy="Write 33.5, 25-50, >25, >=25, <25 or <=25, without a percent sign; leave it blank if it is unknown.",
)

# The keys between rows ----------------------------------------------------------------------------

MISSING_ACCOUNT_ID = Fault(
    code="K930",
    name="missing-account-id",
    says="The row names no account.",
    remedy="Fill in account_id.",
)
DUPLICATE_ACCOUNT_ID = Fault(
    code="K931",
    name="duplicate-account-id",
    says="More than one row has this account_id; none of them is determined.",
    remedy="Keep one row per Account; kycrule does not guess which one is right.",
)
UNKNOWN_PROVIDER = Fault(
    code="K932",
    name="unknown-provider",
    says="The row is served by a provider that the providers file does not list.",
    remedy="Add the provider to the providers file, or correct served_by.",
)
UNNAMED_PROVIDER = Fault(
    code="K933",
    name="unnamed-provider",
    says="The row does not say which of several providers serves it.",
    remedy="Fill in served_by; it may be blank only when there is exactly one provider.",
)
OWNER_WITHOUT_ACCOUNT = Fault(
    code="K934",
    name="owner-without-account",
    says="The owner belongs to an account that the customers file does not have.",
    remedy="Correct account_id, or add the customer's row.",
)
ACCESS_WITHOUT_ACCOUNT = Fault(
    code="K935",
    name="access-without-account",
    says="The access belongs to an account that the customers file does not have.",
    remedy="Correct account_id, or add the customer's row.",
)
QUARANTINED_ACCOUNT = Fault(
    code="K936",
    name="quarantined-account",
    says="The row belongs to an account whose own row is in quarantine.",
    remedy="Mend the customer's row; this row is then read again.",
)
DUPLICATE_OWNER_ID = Fault(
    code="K937",
    name="duplicate-owner-id",
    says="More than one owner of the account has this owner_id.",
    remedy="Give each beneficial owner one row and an owner_id of its own.",
)

TRANSACTION_WITHOUT_ACCOUNT = Fault(
    code="K938",
    name="transaction-without-account",
    says="The training transaction belongs to an account that the customers file does not have.",
    remedy="Correct account_id, or add the customer's row.",
)
DUPLICATE_TRANSACTION_ID = Fault(
    code="K939",
    name="duplicate-transaction-id",
    says="More than one row has this transaction_id; none of them is judged.",
    remedy="Keep one row per transaction.",
)
MISSING_TRANSACTION_ID = Fault(
    code="K940",
    name="missing-transaction-id",
    says="The row names no transaction.",
    remedy="Fill in transaction_id.",
)
MISSING_HOLDER = Fault(
    code="K941",
    name="missing-holder",
    says="The stake names no holder.",
    remedy="Fill in holder: an owner_id, or any other name that is the same in every row of the account.",
)
STAKE_WITHOUT_ACCOUNT = Fault(
    code="K942",
    name="stake-without-account",
    says="The stake belongs to an account that the customers file does not have.",
    remedy="Correct account_id, or add the customer's row.",
)

# A file as a whole --------------------------------------------------------------------------------

NO_HEADER = Fault(
    code="K990",
    name="missing-header",
    says="The file is empty or its first line names no column.",
    remedy="Write the column names in the first line.",
)
MISSING_COLUMN = Fault(
    code="K991",
    name="missing-column",
    says="A required column is absent.",
    remedy="Add the column, or say which one it is with --map THEIRS=OURS.",
)
DUPLICATE_COLUMN = Fault(
    code="K992",
    name="duplicate-column",
    says="Two columns have the same name.",
    remedy="Rename or remove one of them.",
)
WRONG_ENCODING = Fault(
    code="K993",
    name="wrong-encoding",
    says="The file is UTF-16 or UTF-32, not UTF-8.",
    remedy="Export the file again as UTF-8.",
)
BROKEN_ARCHIVE = Fault(
    code="K994",
    name="broken-archive",
    says="The compressed file is truncated or damaged.",
    remedy="Copy or compress the file again; check its size and checksum.",
)
UNREADABLE_FILE = Fault(
    code="K995",
    name="unreadable-file",
    says="The file does not exist or may not be read.",
    remedy="Check the path and the rights.",
)
CHANGED_FILE = Fault(
    code="K996",
    name="changed-file",
    says="The file was changed while it was read.",
    remedy="Run again when nothing writes to it any more.",
)
ARCHIVE_BOMB = Fault(
    code="K997",
    name="archive-bomb",
    says="The compressed file unpacks to more than 256 MiB, and to more than 200 times its size.",
    remedy="Unpack it yourself if that is what it should hold, and check the plain file.",
)

FAULTS = (
    RAGGED_ROW,
    BAD_QUOTES,
    CONTROL_CHARACTER,
    INVALID_UTF8,
    ROW_TOO_LONG,
    BAD_JSON,
    BAD_DATE,
    BAD_TIME,
    BAD_COUNTRY,
    BAD_ADDRESS,
    BAD_SHARE,
    SHARE_OUT_OF_RANGE,
    BAD_YES_NO,
    UNKNOWN_CHOICE,
    TEXT_TOO_LONG,
    BAD_EMAIL,
    BAD_PHONE,
    BAD_NUMBER,
    BAD_RANGE,
    MISSING_ACCOUNT_ID,
    DUPLICATE_ACCOUNT_ID,
    UNKNOWN_PROVIDER,
    UNNAMED_PROVIDER,
    OWNER_WITHOUT_ACCOUNT,
    ACCESS_WITHOUT_ACCOUNT,
    QUARANTINED_ACCOUNT,
    DUPLICATE_OWNER_ID,
    TRANSACTION_WITHOUT_ACCOUNT,
    DUPLICATE_TRANSACTION_ID,
    MISSING_TRANSACTION_ID,
    MISSING_HOLDER,
    STAKE_WITHOUT_ACCOUNT,
    NO_HEADER,
    MISSING_COLUMN,
    DUPLICATE_COLUMN,
    WRONG_ENCODING,
    BROKEN_ARCHIVE,
    UNREADABLE_FILE,
    CHANGED_FILE,
    ARCHIVE_BOMB,
)
