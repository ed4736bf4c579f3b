"""Stage collect: the raw extracts of a source."""

from pathlib import Path

from src.bank.truth import leave_out
from src.bank.write import simulate
from src.core.files import replacing_folder
from src.core.progress import step
from src.pipeline.deliveries.inputs import erased_of, mapping_of
from src.pipeline.run import Run
from src.privacy.erased import Erased
from src.sources.collect import collect, leave_out_erased, write_manifest

STAGE = "collect"
OWNER_ONLY = 0o700


def main(run: Run) -> None:
    """Simulate the bank, or copy a source's originals; leave out who was erased.

    Both folders appear only complete. They name people, so only their owner can enter them.
    """
    where, made = run.paths, mapping_of(run).generator == "simulated"
    with (
        replacing_folder(where.raw, OWNER_ONLY) as raw,
        replacing_folder(where.truth, OWNER_ONLY) as truth,
    ):
        if made:
            with step(STAGE, f"simulating {run.params.simulate.customers:,} customers"):
                simulate(run.params.simulate, run.params.seed, raw, truth)
        else:
            collect(mapping_of(run), where.incoming, raw)
        counts = {}
        if where.erased_list().is_file():
            erased = erased_of(run)
            counts = leave_out_erased(mapping_of(run), raw, erased)
        if made and counts:
            _leave_out_of_truth(run, truth, erased)
        write_manifest(run.source, raw, counts)


def _leave_out_of_truth(run: Run, truth: Path, erased: Erased) -> None:
    columns = [one for file in mapping_of(run).files.values() for one in file.columns.items()]
    leave_out(truth, run.source, erased, {name for name, spec in columns if spec.private})
