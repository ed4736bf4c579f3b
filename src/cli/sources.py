"""`kehu source`: onboarding of a source, and the model that tells who is who."""

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from src.cli.base import FindingError, GivenPath, as_json, example, print_json
from src.cli.source import DEFAULT, MAPPINGS, source_option
from src.core.errors import SourceError, nearest

if TYPE_CHECKING:
    from src.sources.mapping.mapping import SourceMapping


@click.group(epilog=example("kehu source check berka"))
def source() -> None:
    """Onboard a source: draft and check the mapping of its files."""


@source.command(
    epilog=example("kehu source draft data/incoming/mybank mybank > configs/sources/mybank.yaml")
)
@click.argument("folder", type=GivenPath())
@click.argument("name")
def draft(folder: Path, name: str) -> None:
    """Print a first mapping of the files in FOLDER.

    NAME is what the source is to be called.
    """
    from src.sources.onboarding.draft import draft_mapping

    click.echo(draft_mapping(folder, name), nl=False)


@source.command(
    epilog=example(
        "kehu source check berka", "kehu source check drafts/mybank.yaml --folder drafts/files"
    )
)
@click.argument("mapping", metavar="NAME|FILE")
@click.option("--rows", default=1000, show_default=True, help="Rows of each file to look at.")
@click.option("--folder", type=GivenPath(), help="Where the files are, if not in data/incoming.")
@as_json
@click.pass_context
def check(ctx: click.Context, mapping: str, rows: int, folder: Path | None, as_json: bool) -> None:
    """Tell, field by field, what a mapping understands.

    The exit status is 3 where integration would stop or the mapping contradicts the ledger; rows
    that would be set aside are warnings.
    """
    path = _mapping_file(mapping, ctx)
    from src.core.params import load_params
    from src.core.scratch import scratch_folder
    from src.pipeline.paths import RULES
    from src.sources.mapping.mapping import load_mapping
    from src.sources.onboarding.check import Terms, check_source
    from src.sources.onboarding.findings import problems, render, to_json
    from src.sources.staging.rules import load_rules

    declared = load_mapping(path)
    place = folder or _folder(declared)
    with scratch_folder("check") as work:
        params, rules = load_params().integrate, load_rules(RULES)
        terms = Terms(rows, params, rules, os.environ, work)
        sections = check_source(declared, place, terms)
    if as_json:
        print_json({"mapping": path, "folder": place, **to_json(sections)})
    else:
        click.echo(f"{path}: {declared.description}\nfiles in {place}\n\n{render(sections)}")
    if found := problems(sections):
        raise FindingError(f"{path}: {len(found)} of its words are not understood; see above.")


@source.command(
    "train-linkage",
    epilog=example("kehu source train-linkage", "kehu source train-linkage --source berka --raw F"),
)
@source_option
@click.option("--raw", type=GivenPath(), help="Folder of extracts; without it a bank is simulated.")
@click.option("--seed", default=11, show_default=True, help="Of the simulation and the sampling.")
@click.option("--model", type=GivenPath(), help="The file to replace, if not configs/linkage.yaml.")
def train_linkage(source: str, raw: Path | None, seed: int, model: Path | None) -> None:
    """Estimate anew what it says if two records agree.

    The model of configs/linkage.yaml tells which records are one customer, and is replaced.

    Without --raw it simulates a bank of its own; with --raw it reads the customer records of the
    extracts in that folder, as the mapping of the source declares them.
    """
    from src.bank.write import simulate
    from src.core.params import load_params
    from src.core.scratch import scratch_folder
    from src.sources.linkage.model import LINKAGE_FILE
    from src.sources.linkage.train import retrain
    from src.sources.mapping.mapping import load_mapping

    params, mapping = load_params(), load_mapping(MAPPINGS / f"{source}.yaml")
    about = f"{source}, {raw}"
    with ExitStack() as stack:
        if raw is None:
            if source != DEFAULT:
                raise SourceError(f"{source}: found no --raw; expected the folder of its extracts.")
            about = f"the simulated bank, {params.simulate.customers:,} customers, seed {seed}"
            work = stack.enter_context(scratch_folder("linkage"))
            raw, truth = work / "raw", work / "truth"
            raw.mkdir()
            truth.mkdir()
            simulate(params.simulate, seed, raw, truth)
        trained = retrain(model or LINKAGE_FILE, mapping, raw, about, seed, params.integrate)
    for comparison in trained.comparisons:
        for level in comparison.levels[1:]:
            click.echo(f"{comparison.name:12} {level.name:24} {level.weight:+7.2f} bits")


def _mapping_file(given: str, ctx: click.Context) -> Path:
    """The file of a source by name, or a file by its path."""
    if given.endswith((".yaml", ".yml")):
        return GivenPath().convert(given, None, ctx)
    known = [path.stem for path in MAPPINGS.glob("*.yaml")]
    if given not in known:
        raise click.UsageError(f"{given!r} is no source of {MAPPINGS}. {nearest(given, known)}")
    return MAPPINGS / f"{given}.yaml"


def _folder(mapping: "SourceMapping") -> Path:
    """Where collection would look; of the simulated bank, what it made."""
    from src.pipeline.paths import SourcePaths
    from src.sources.collect import shared_data

    made = mapping.generator == "simulated"
    where = SourcePaths(mapping.name)
    places = (where.raw,) if made else (where.incoming, shared_data() / mapping.name)
    for place in places:
        if any(next(place.glob(file.path), None) for file in mapping.files.values()):
            return place
    if all(file.format == "sql" for file in mapping.files.values()):
        return where.incoming
    remedy = "Run `kehu run` first. " if made else "Put them there, or give --folder. "
    raise SourceError(
        f"source {mapping.name!r}: none of its files is in {' or '.join(map(str, places))}. "
        f"{remedy}{mapping.origin}"
    )
