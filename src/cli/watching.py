"""`kehu monitor` and `kehu changes`: what became of the served models and of the classes."""

import click

from src.cli.base import FindingError, Task, as_json, example, print_json
from src.cli.source import source_option


@click.command(epilog=example("kehu monitor", "kehu monitor 2025-03-01 --json"))
@click.argument("month", required=False)
@source_option
@as_json
def monitor(month: str | None, source: str, as_json: bool) -> None:
    """Report what drifted in a month, and how the served models did.

    MONTH is a snapshot such as 2025-03-01, by default the last one. The exit status is 3 if a gate
    of params.yaml (monitor) is broken.
    """
    from src.pipeline.operations.monitor import monitor as report
    from src.pipeline.run import open_run

    found = report(open_run(source), month or "")
    if as_json:
        print_json(found.to_json())
    else:
        click.echo(found.page)
    if broken := found.broken:
        raise FindingError(
            f"{len(broken)} gates of params.yaml (monitor) are broken: {'; '.join(broken)}. See "
            f"{found.page}; set a later date in params.yaml (until) and run `kehu run` to retrain."
        )


@click.command(
    epilog=example(
        "kehu changes churn",
        "kehu changes churn 2025-02-01 2025-03-01 --from-version 1 --to-version 2",
    )
)
@click.argument("task", type=Task())
@click.argument("months", nargs=-1, metavar="[FROM TO]")
@click.option("--from-version", type=click.IntRange(min=1), help="In MLflow, of the month FROM.")
@click.option("--to-version", type=click.IntRange(min=1), help="In MLflow, of the month TO.")
@source_option
@as_json
def changes(
    task: str,
    months: tuple[str, ...],
    from_version: int | None,
    to_version: int | None,
    source: str,
    as_json: bool,
) -> None:
    """Explain why customers changed class.

    The reasons are new data, a new model or a new threshold. FROM and TO are snapshots, by default
    the last two. The versions are by default the served one and, for FROM, the one that it
    replaced.
    """
    if len(months) not in (0, 2):
        raise click.UsageError(f"found one month, {months[0]!r}; expected FROM and TO, or none.")
    numbers = [str(version) for version in (from_version, to_version) if version is not None]
    if len(numbers) == 1:
        raise click.UsageError("found one version; expected --from-version and --to-version.")
    from src.pipeline.operations.changes import explain_changes
    from src.pipeline.run import open_run

    run = open_run(source)
    totals = explain_changes(run, task, months, numbers)
    if as_json:
        print_json(totals)
    else:
        click.echo(run.paths.changes / task / "changes.html")
