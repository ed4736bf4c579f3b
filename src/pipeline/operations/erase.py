"""`kehu erase`: customers out of everything, and a proof of it.

Their numbers go, as keyed hashes, on the list data/incoming/<source>/erased.json. The served
release is published anew without their rows, its models unchanged: an erasure decides nothing.
Every output is made anew without the rows that they own, with a candidate for `kehu promote`.
Older copies that hold them are removed. Then everything is searched for them. A run that was
killed is finished by the same command.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from src.core.errors import KehuError
from src.core.files import exclusive
from src.core.progress import say, step
from src.core.scratch import SCRATCH, folders
from src.models.releases.pointer import read_pointer
from src.pipeline.deliveries.inputs import erased_of, mapping_of
from src.pipeline.operations.learned import learned_models
from src.pipeline.operations.proof import (
    BEYOND,
    Proof,
    policy,
    retrain_by,
    save_proof,
    told_models,
)
from src.pipeline.operations.purge import DVC, TRACKED, Purged, bentos, purge
from src.pipeline.operations.under_way import FILE, UnderWay, load_under_way, save_under_way
from src.pipeline.releases.agree import agree
from src.pipeline.releases.republish import serve_without
from src.pipeline.repro import reproduce
from src.pipeline.run import Run
from src.privacy.accesses import note_access
from src.privacy.erased import ANY_SYSTEM, Erased, save_erased
from src.privacy.people import Person, UnknownCustomerError, look_up
from src.privacy.plan import Plan, make_plan
from src.privacy.redact import erased_rows
from src.privacy.traces import files_below
from src.privacy.vault import open_vault
from src.privacy.verify import still_there
from src.sources.collect import originals

STAGE = "erase"
_BESIDE = ("dvc.lock", "dvc_plots", "notebooks")


def erase(run: Run, names: Sequence[str], sure: bool, ask: Callable[[str], bool]) -> Proof | None:
    """Erase customers together: one plan, one confirmation, one run, one search, one proof.

    names: of each a pseudonym (K…) or a record (crm:C0000042); nobody: finish the erasure that was
    begun. ask: shown the plan, whether it is agreed to; not asked if `sure`. Returns the proof,
    which stands in data/<source>/erasures as well; None if nothing was to be done or agreed to.
    Raises KehuError if one of them is unknown, or if a trace is left, with its place.
    """
    begun = _resumed(run, names) or _begun(run, names, sure, ask)
    if begun is None:
        return None
    erasure = begun.erasure
    erased = erasure.added_to(erased_of(run))
    save_erased(run.paths.erased_list(), erased)
    lock = run.paths.releases / "lock"
    with exclusive(lock), step(STAGE, "what is served, without their rows"):
        release = serve_without(run, erasure.pseudonyms)
        agree(run)
    _make_anew(run)
    with exclusive(lock), step(STAGE, "older copies"):
        purged = purge(run, erasure.search)
    with step(STAGE, "searching everything for them"):
        files = _require_gone(run, begun, erased)
    digest = release.digest if release else ""
    proof = _proof(run, begun, erased, purged, digest, files)
    say(STAGE, f"the proof: {save_proof(proof, run.paths.erasures)}")
    FILE.unlink()
    return proof


def _resumed(run: Run, names: Sequence[str]) -> UnderWay | None:
    """The erasure that a killed run left, if it is of these customers."""
    begun = load_under_way()
    if begun is None:
        return None
    of, source = ", ".join(begun.erasure.customers), begun.erasure.source
    if source != run.source or not begun.is_of(names):
        raise KehuError(
            f"{FILE}: the erasure of {of} was begun and not finished; expected none. Run "
            f"`kehu erase --source {source}` with {of} first: it goes on from where it was."
        )
    say(STAGE, f"finishing the erasure of {of} that was begun before")
    return begun


def _begun(
    run: Run, names: Sequence[str], sure: bool, ask: Callable[[str], bool]
) -> UnderWay | None:
    """A new erasure, once it is agreed to; None if there is nothing to do."""
    erased = erased_of(run)
    people = _people(run, names, erased)
    if not people:
        say(STAGE, "all of them are on the list of erased customers already; nothing was changed")
        return None
    vault = open_vault(run.paths.vault)
    plan = make_plan(people, mapping_of(run), run.paths.raw, run.paths.ledger, vault, erased)
    pointer = read_pointer(run.paths.pointer)
    begun = UnderWay(
        erasure=plan.erasure,
        asked=tuple(names),
        begun=_now(),
        raw=plan.raw,
        ledger=plan.ledger,
        release=pointer.release if pointer else "",
        models=tuple(learned_models(run, plan.erasure.pseudonyms)),
    )
    said = _told(run, plan, begun)
    if sure:
        for line in said.splitlines():
            say(STAGE, line)
    elif not ask(said):
        say(STAGE, "nothing was changed")
        return None
    note_access(erased.key, STAGE, plan.erasure.pseudonyms, datetime.now(UTC))
    save_under_way(begun)
    return begun


def _people(run: Run, names: Sequence[str], erased: Erased) -> list[Person]:
    """Who is meant, each once; those who are erased already are told of and left out."""
    if not names:
        raise KehuError(
            "found no customer; expected at least one, each on a line of its own, as a pseudonym "
            "(K…) or a record (crm:C0000042)."
        )
    vault, found = open_vault(run.paths.vault), dict[str, Person]()
    faults = []
    for line, who in enumerate(names, start=1):
        try:
            person = look_up(who, vault, erased.key)
            found.setdefault(person.customer_id, person)
        except UnknownCustomerError as error:
            if _was_erased(run, who, erased):
                say(STAGE, f"line {line}: on the list of erased customers already")
            else:
                faults.append(f"line {line}: {error}")
    if faults:
        raise UnknownCustomerError(" ".join([*faults, "Nothing was changed."]))
    return list(found.values())


def _was_erased(run: Run, who: str, erased: Erased) -> bool:
    system, _, number = who.rpartition(":")
    on_list = erased.record_test(run.source, system or ANY_SYSTEM)
    return erased.holds_customer(who) or on_list(number)


def _told(run: Run, plan: Plan, begun: UnderWay) -> str:
    """What is going to happen, for whoever has to agree to it."""
    params = run.params.erase
    by = retrain_by(params, begun.begun, begun.models)
    models = told_models(begun.models, policy(params, by))
    return "\n".join(
        [
            str(plan),
            *(models or ["no model learned from them"]),
            "what is served stays the same but for their rows; all outputs are made anew",
            "files of DVC's cache and of experiments that hold them are removed: a checkout of an "
            "older commit will lack these",
        ]
    )


def _make_anew(run: Run) -> None:
    """Every output, without the customers. What goes on from the last run starts from nothing."""
    shutil.rmtree(run.paths.kept, ignore_errors=True)
    with step(STAGE, "every output anew"):
        reproduce(run)


def _require_gone(run: Run, begun: UnderWay, erased: Erased) -> int:
    """Search everything; how many files. Raises KehuError with the places of what is found."""
    made = sorted(set(files_below(_searched(run))))
    vault = open_vault(run.paths.vault)
    traces = still_there(begun.erasure, mapping_of(run), run.paths.raw, vault, erased, made)
    if traces:
        found = "".join(f"\n- {trace}" for trace in traces)
        raise KehuError(
            f"{', '.join(begun.erasure.customers)}: NOT erased; expected no trace, found "
            f"{len(traces)}:{found}\nTake them out (of an original, if it is a raw file) and run "
            "this command again."
        )
    return len(made) + sum(1 for _ in files_below([run.paths.raw, run.paths.vault]))


def _searched(run: Run) -> Iterator[Path]:
    """All that holds data or may: raw files and vault, where others' names stand, apart."""
    apart = (run.paths.raw, run.paths.vault)
    yield from (path for path in run.paths.folder.iterdir() if path not in apart)
    yield from (DVC, *TRACKED, *Path().glob("mlflow.db*"), *map(Path, _BESIDE))
    yield from (run.paths.erased_list(), bentos(), SCRATCH)
    if run.params.engine.scratch:
        yield from folders(run.params.engine.scratch)


def _proof(
    run: Run, begun: UnderWay, erased: Erased, purged: Purged, release: str, files: int
) -> Proof:
    params = run.params.erase
    by = retrain_by(params, begun.begun, begun.models)
    said = policy(params, by)
    return Proof(
        source=run.source,
        begun=begun.begun,
        at=_now(),
        customers=sorted(erased.hashes_of(begun.erasure.customers)),
        raw_rows=sum(begun.raw.values()),
        raw_files=len(begun.raw),
        ledger_rows=sum(begun.ledger.values()),
        release_before=begun.release,
        release=release,
        done=purged.done,
        files=files,
        models=begun.models,
        policy=said,
        retrain_by=by,
        not_reached=[
            *told_models(begun.models, said),
            *_originals(run, erased),
            *purged.not_reached,
            *BEYOND,
        ],
    )


def _originals(run: Run, erased: Erased) -> list[str]:
    """What the originals still hold; the simulated bank has none."""
    if mapping_of(run).generator == "simulated":
        return []
    where = originals(mapping_of(run), run.paths.incoming)
    counts = erased_rows(mapping_of(run), where, erased) if where else {}
    held = f"{sum(counts.values()):,} rows in {len(counts):,} files of {where}" if counts else ""
    return [
        f"the originals{f' ({held})' if held else ''}: each run leaves out the rows of the erased; "
        "ask the system that delivers them to erase them"
    ]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
