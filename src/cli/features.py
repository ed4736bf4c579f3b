"""`kehu features` and `kehu params`: dictionaries, and the audit of what features see."""

from pathlib import Path

import click

from src.cli.base import FindingError, GivenPath, Task, as_json, example, print_json
from src.cli.source import source_option

CATALOGUE = Path("configs/features.yaml")


@click.group(epilog=example("kehu features audit"))
def features() -> None:
    """Read about the features, and audit what they see."""


@features.command(epilog=example("kehu features dictionary > configs/FEATURES.md"))
@click.option("--catalogue", type=GivenPath(), default=None, help=f"By default {CATALOGUE}.")
def dictionary(catalogue: Path | None) -> None:
    """Print all features as Markdown.

    Each with meaning, unit, window, formula, direction.
    """
    from src.features.dictionary import feature_dictionary

    click.echo(feature_dictionary(catalogue or CATALOGUE), nl=False)


@features.command(
    epilog=example("kehu features audit", "kehu features audit --task churn --customers 500 --json")
)
@click.option("--catalogue", type=GivenPath(), help="A catalogue in YAML or a spec in JSON.")
@click.option("--task", type=Task(), help="Only what the served model of a task uses.")
@click.option("--only", multiple=True, metavar="FEATURE", help="Only this one; may be repeated.")
@click.option("--ledger", type=GivenPath(), help="The ledger's folder, if not the source's.")
@click.option("--customers", type=click.IntRange(min=1), help="Sampled from the ledger.")
@click.option("--snapshots", type=click.IntRange(min=1), help="At which they are looked at.")
@click.option("--seed", type=click.IntRange(min=0), help="Of the sample.")
@click.option("--all", "every", is_flag=True, help="List the clean features as well.")
@source_option
@as_json
def audit(
    catalogue: Path | None,
    task: str | None,
    only: tuple[str, ...],
    ledger: Path | None,
    customers: int | None,
    snapshots: int | None,
    seed: int | None,
    every: bool,
    source: str,
    as_json: bool,
) -> None:
    """Try whether a feature sees what it must not.

    What a feature at as_of must not see is changed; a feature that moves is named.

    The exit status is 3 if a feature leaks, or misses the first instant of its window. What is not
    given is as in params.yaml.
    """
    if task and catalogue:
        raise click.UsageError("found --task and --catalogue; expected one of them.")
    from src.features.audit.run import audited, read_spec, with_sizes
    from src.features.audit.show import print_audit, summary
    from src.pipeline.operations.monitor import require_served
    from src.pipeline.run import open_run

    run = open_run(source)
    params = with_sizes(run.params, customers, snapshots, seed)
    served = require_served(run).bundle(task) / "features.json" if task else None
    spec = read_spec(catalogue or served or params.features.catalogue, only)
    found = audited(spec, ledger or run.paths.ledger, params)
    if as_json:
        print_json(found.to_json())
    else:
        print_audit(found, every)
    if not found.passed:
        raise FindingError(f"{summary(found)}; expected no leak and no miss.")


@click.group(epilog=example("kehu params reference"))
def params() -> None:
    """Read about the parameters of params.yaml."""


@params.command(epilog=example("kehu params reference > configs/PARAMETERS.md"))
def reference() -> None:
    """Print every parameter with value and meaning, as Markdown."""
    from src.core.params import load_params
    from src.pipeline.operations.reference import reference as table

    click.echo(table(load_params()), nl=False)
