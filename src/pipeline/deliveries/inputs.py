"""What the stages of deliveries, and the commands on people, need of a source besides its run."""

from src.pipeline.run import Run
from src.privacy.erased import Erased, load_erased
from src.privacy.key import PUBLIC_KEY, load_key
from src.sources.mapping.mapping import SourceMapping, load_mapping


def mapping_of(run: Run) -> SourceMapping:
    """How the source's files become the ledger."""
    return load_mapping(run.paths.mapping)


def key_of(run: Run) -> bytes:
    """The secret of the source's pseudonyms; of the simulated bank, a public one."""
    return PUBLIC_KEY if mapping_of(run).generator == "simulated" else load_key()


def erased_of(run: Run) -> Erased:
    """The list of the source's erased customers; empty if nobody was."""
    return load_erased(run.paths.erased_list(), key_of(run))
