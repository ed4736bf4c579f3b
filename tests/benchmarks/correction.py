"""`python -m tests.benchmarks.correction`: which of the simulator's mistakes are found, whether
what takes their place is true, and what clean values are touched, on the simulation of params.yaml.
"""

import pandas as pd

from src.core.files import read_json
from tests.benchmarks.simulation import arguments, integrated_bank
from tests.support.bank.corrections_found import (
    found_by_kind,
    left_out,
    open_evidence,
    touched_without_need,
)
from tests.support.bank.true_values import Sealed, changed_values, later_versions


def print_found(folder):
    """Mistakes found by kind; those that can't be, by reason; clean values touched."""
    with open_evidence(folder / "ledger", folder / "truth") as evidence:
        kinds, unseen = found_by_kind(evidence), left_out(evidence)
        values, rows = touched_without_need(evidence)
    print(f"{'mistake':<24}{'made':>9}{'found':>9}{'share':>9}")
    for kind, (found, made) in kinds.items():
        print(f"{kind:<24}{made:>9,}{found:>9,}{found / made:>9.2%}")
    found, made = (sum(counts) for counts in zip(*kinds.values(), strict=True))
    print(f"{'all that can be seen':<24}{made:>9,}{found:>9,}{found / made:>9.2%}")
    for reason, count in unseen.items():
        print(f"{reason:<36}{count:>6,} not counted")
    every = made + sum(unseen.values())
    print(f"{'all':<24}{every:>9,}{found:>9,}{found / every:>9.2%}\n")
    delivered = sum(r["rows_in"] for r in read_json(folder / "ledger/integration.json")["rows"])
    print(f"clean values changed {values:,}, clean rows rejected {rows:,}, of {delivered:,} rows")
    print(f"share {(values + rows) / delivered:.4%}\n")


def print_values(folder):
    """Values that rules changed, beside the true ones."""
    sealed = Sealed(folder)
    changed = changed_values(sealed)
    head = f"{'rule':<32}{'column':<14}{'kind':<11}{'values':>8}{'emptied':>9}{'true':>8}"
    print(f"{head}{'share':>9}{'error':>9}")
    for (kind, rule, column), values in changed.groupby(["kind", "rule", "column"]):
        put, right = values[values["after"].notna()], int(values["right"].sum())
        share = f"{right / len(put):.2%}" if len(put) else "-"
        print(
            f"{rule:<32}{column:<14}{kind:<11}{len(values):>8,}{len(values) - len(put):>9,}"
            f"{right:>8,}{share:>9}{error(put, column):>9}"
        )
    print(f"\n{'mended by a later delivery':<32}{'values':>8}{'true':>8}{'share':>9}")
    for kind, values in later_versions(sealed).groupby("kind"):
        right = values["right"]
        print(f"{kind:<32}{len(values):>8,}{right.sum():>8,}{right.mean():>9.2%}")


def error(put, column):
    """Mean difference from the truth: days of a date, units of a number; empty of a category."""
    if put.empty:
        return ""
    if column == "close":
        return f"{(put['after'].astype(float) - put['true'].astype(float)).abs().mean():.2g}"
    if column in ("birth_date", "occurred_at", "known_at"):
        after, true = (pd.to_datetime(put[name].str[:10]) for name in ("after", "true"))
        return f"{(after - true).dt.days.abs().mean():.2g} d"
    return ""


def main():
    with integrated_bank(arguments(__doc__)) as folder:
        print_found(folder)
        print_values(folder)


if __name__ == "__main__":
    main()
