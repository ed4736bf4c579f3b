"""`kehu run`, `promote`, `rollback`, `serve`: from a run to what is served."""

import os
import sys

import click

from src.cli.base import Task, as_json, example, print_json
from src.cli.source import VARIABLE, source_option


@click.command("run", epilog=example("kehu run", "kehu run --source berka"))
@source_option
@as_json
def run_pipeline(source: str, as_json: bool) -> None:
    """Run the pipeline on a source and print the figures.

    Stages of which nothing has changed are left out. A run makes a candidate release. It is served
    at once only where nothing is served yet; else `kehu promote` decides, and the run says how the
    candidate compares.
    """
    from src.pipeline.releases.summary import conclude, told
    from src.pipeline.repro import reproduce
    from src.pipeline.run import open_run

    run = open_run(source)
    reproduce(run)
    found = conclude(run)
    if as_json:
        print_json(found.to_json())
    else:
        click.echo(told(run, found))


@click.command(epilog=example("kehu promote", "kehu promote --source berka --json"))
@source_option
@as_json
def promote(source: str, as_json: bool) -> None:
    """Serve the last run's models where they beat the served ones.

    A challenger takes a champion's place only if it is measurably better and holds every gate.
    Whatever was decided, the newest feature rows and scores are served from then on.
    """
    from src.pipeline.releases.promote import promote as decide
    from src.pipeline.run import open_run

    done = decide(open_run(source))
    if as_json:
        print_json(done.to_json())
    else:
        click.echo("\n".join([*(contest.said for contest in done.contests), done.told]))


@click.command(
    epilog=example("kehu rollback churn", 'kehu rollback churn 3 --reason "wrong rates in May"')
)
@click.argument("task", type=Task())
@click.argument("version", type=click.IntRange(min=1), required=False)
@click.option("--reason", default="no reason was given", help="Kept in the log and in MLflow.")
@source_option
@as_json
def rollback(task: str, version: int | None, reason: str, source: str, as_json: bool) -> None:
    """Serve an earlier model of TASK again.

    VERSION is one of the model kehu_TASK in MLflow; without it, the one that the served model
    replaced. `kehu promote` will not serve the model again that is taken back.
    """
    from src.pipeline.releases.rollback import rollback as go_back
    from src.pipeline.run import open_run

    done = go_back(open_run(source), task, "" if version is None else str(version), reason)
    if as_json:
        print_json(done)
    else:
        click.echo(
            f"{task}: {done['version']} is served; {done['taken_back']} was taken back and will "
            "not be promoted again."
        )


@click.command(epilog=example("kehu serve", "kehu serve --source berka --port 3001"))
@source_option
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0: for all machines.")
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535))
def serve(source: str, host: str, port: int) -> None:
    """Start the endpoint on the models that are served."""
    os.environ[VARIABLE] = source
    arguments = ["-m", "bentoml", "serve", "--host", host, "--port", str(port)]
    os.execv(sys.executable, [sys.executable, *arguments])
