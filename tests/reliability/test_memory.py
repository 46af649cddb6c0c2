"""T33: a run takes bounded memory, whatever the number of its rows."""

import json

from processes import THOROUGH, measured

from kycrule.sample import sample

MIB = 1 << 20
MOST = 2_000 * MIB
FEW, MANY = (1_000_000, 5_000_000) if THOROUGH else (10_000, 60_000)
GROWTH = 600 * MIB if THOROUGH else 400 * MIB
"""Most that more rows may add: the engine's own memory fills up to its limit, and nothing else grows."""


def memory(folder, customers):
    sample(customers, folder / "sample", dirty=0.01)
    files = (
        part
        for name in ("owners", "accesses", "training", "stakes")
        for part in (f"--{name}", folder / "sample" / f"{name}.csv")
    )
    code, told, most, _ = measured(
        "check",
        *(folder / "sample" / "customers.csv", *files, "--providers", folder / "sample" / "providers.toml"),
        *("--as-of", "2024-06-01", "-q", "-o", folder / "run"),
    )
    assert code == 1, told
    assert json.loads((folder / "run" / "summary.json").read_text("utf-8"))["rows"] == customers
    return most


def test_t33_memory_is_bounded_and_grows_little_with_the_rows(tmp_path):
    few, many = (memory(tmp_path / str(customers), customers) for customers in (FEW, MANY))

    assert many < MOST
    assert many - few < GROWTH, (few // MIB, many // MIB)
