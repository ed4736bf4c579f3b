"""`python -m tests.benchmarks.assets`: customer asset size beside the sealed truth, each customer
at each month's start, on the simulation of params.yaml.
"""

from tests.benchmarks.simulation import arguments, integrated_bank
from tests.support.bank.asset_truth import beside_truth, summary


def main():
    with integrated_bank(arguments(__doc__)) as folder:
        compared = beside_truth(folder)
    for name, value in summary(compared).items():
        text = f"{value:.4%}" if "share" in name or "within" in name else f"{value:,.2f}"
        print(f"{name:<66}{text.removesuffix('.00'):>12}")
    gaps = compared.loc[compared["has_account"], "why_incomplete"].value_counts()
    for gap, months in gaps.items():
        print(f"{'customer-months with ' + gap:<66}{months:>12,}")


if __name__ == "__main__":
    main()
