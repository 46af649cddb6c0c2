"""The same decision as the query in :mod:`plain`, by hand in Polars, from a scan to a sink."""

import polars as pl
from benchmarks.plain import CITIZENS, NATIONALS, US

UNKNOWN = pl.lit(None, pl.Boolean)
TRUTHS = ("us_permanent_resident", "us_person_verified", "owners_known", "substantial_control")


def scanned(folder, name, form):
    """A lazy frame of a table, its yes/no columns as truths and its lists as lists."""
    if form == "parquet":
        return pl.scan_parquet(folder / f"{name}.parquet")
    frame = pl.scan_csv(folder / f"{name}.csv", infer_schema=False)
    there = set(frame.collect_schema().names())
    truths = [(pl.col(column) == "yes").alias(column) for column in TRUTHS if column in there]
    shares = [pl.col("share").cast(pl.Decimal(15, 12))] if "share" in there else []
    return frame.with_columns(*truths, *shares, pl.col("citizenships").str.split(";"))


def us_person():
    """Whether a party is a U.S. person."""

    def held(countries):
        return pl.col("citizenships").list.eval(pl.element().is_in(sorted(countries))).list.any()

    def among(column):
        return pl.col(column).is_in(sorted(US))

    individual = pl.col("kind") == "individual"
    located = pl.col("located_in")
    resident = pl.col("us_permanent_resident").fill_null(value=False)
    settled = pl.col("military_box").is_null() | pl.col("street_address").is_not_null() | UNKNOWN
    return (
        (individual & (held(CITIZENS) | (held(NATIONALS) & UNKNOWN) | resident))
        | ((pl.col("kind") == "entity") & among("organized_in"))
        | (located.is_not_null() & among("located_in"))
        | (located.is_null() & among("country") & settled & (individual | among("organized_in") | UNKNOWN))
    )


def run(folder, form, out):
    """Decide the accounts of a folder, and write the answers as Parquet."""
    verified = pl.col("us_person_verified")
    owner = scanned(folder, "owners", form).with_columns(
        us=us_person(), owns=pl.col("substantial_control") | (pl.col("share") >= 25)
    )
    owns, us = pl.col("owns"), pl.col("us")
    totals = (
        owner.select(
            "account_id",
            alone=pl.when(owns & (~us | ~verified)).then(0).when(~owns | (us & verified)).then(2).otherwise(1),
            foreigners=pl.when(owns & ~us).then(2).when(~owns | us).then(0).otherwise(1),
        )
        .group_by("account_id")
        .agg(pl.col("alone").min(), pl.col("foreigners").max())
    )
    known = pl.coalesce("owners_known", pl.when(pl.col("kind") == "individual").then(statement=True))
    alone, foreigners = pl.col("alone").fill_null(2), pl.col("foreigners").fill_null(0)
    owners_us = pl.when(alone == 2).then(statement=True).when(alone == 0).then(statement=False)
    has_foreign = pl.when(foreigners == 2).then(statement=True).when(foreigners == 0).then(statement=False)
    exempt = us & verified & owners_us & known & (pl.col("opened_for") == "customer")
    answers = (
        scanned(folder, "customers", form)
        .with_columns(us=us_person())
        .join(totals, on="account_id", how="left")
        .select(
            "account_id",
            foreign_customer=~us,
            foreign_owner=has_foreign | pl.when(known).then(statement=False),
            disposition=pl.when(exempt)
            .then(pl.lit("exempt-us-persons"))
            .when(~exempt)
            .then(pl.lit("covered"))
            .otherwise(pl.lit("undetermined")),
        )
        .sort("account_id")
    )
    answers.sink_parquet(out)
    return dict(pl.scan_parquet(out).group_by("disposition").len().collect().iter_rows())
