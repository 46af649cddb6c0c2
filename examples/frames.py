"""Tables that are in memory already: pandas and polars, without a file between.

pip install pandas pyarrow polars
"""

from datetime import date

import pandas as pd
import polars as pl

import kycrule

customers = pd.DataFrame(
    {
        "account_id": ["A-1", "A-2", "A-3"],
        "kind": ["individual", "entity", "individual"],
        "citizenships": [["US"], None, ["FR"]],
        "country": ["US", "DE", "FR"],
        "organized_in": [None, "DE", None],
    }
)
owners = pl.DataFrame(
    {
        "account_id": ["A-2"],
        "owner_id": ["o1"],
        "citizenships": [["DE"]],
        "country": ["DE"],
        "share": ["60"],
    }
)
provider = kycrule.Provider.read({"id": "p", "organized_in": "US", "offers_iaas": True, "product_us_owned": True})

result = kycrule.check(customers, owners=owners, providers=(provider,), as_of=date(2024, 6, 1), out="frames")
print(result)

answers = pd.read_parquet("frames/determinations.parquet")
print(answers[["account_id", "disposition", "foreign_customer", "foreign_owner"]].to_string(index=False))
