"""`kehu erase`: one customer after the other out of everything, and proof of it.

A customer is a pseudonym or a record reference such as crm:C0000042. The numbers go, as keyed
hashes, on the list data/incoming/erased.json; every output is made anew without the rows that they
own; older copies are removed; then everything is searched for the person. A run that was killed is
finished by the same command.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from src.pipeline.purge import DVC, TRACKED, bentos, purge
from src.pipeline.select import selected

from src.core.errors import KehuError
from src.core.params import load_params
from src.core.progress import say, step
from src.core.scratch import SCRATCH
from src.pipeline import paths
from src.privacy.accesses import note_access
from src.privacy.erased import ANY_SYSTEM, Erased, load_erased, save_erased
from src.privacy.erasure import Erasure, load_erasure, save_erasure
from src.privacy.key import load_key
from src.privacy.people import UnknownCustomerError, look_up
from src.privacy.plan import Plan, make_plan
from src.privacy.vault import open_vault
from src.privacy.verify import still_there
from src.sources.mapping.mapping import SourceMapping, load_mapping

STAGE = "erase"
UNDER_WAY = Path(".kehu/erasing.json")
# Originals are told of; raw files and vault hold others' names, and are searched as tables.
_NOT_SEARCHED = (paths.INCOMING, paths.RAW, paths.VAULT)
_BESIDE = (Path("mlflow.db"), Path("dvc.lock"), Path("dvc_plots"), Path("notebooks"))
NOT_REACHED = f"""\
Not reached by this command; see to it yourself:
- the originals of a mapped source in {paths.INCOMING} (or in $KEHU_SHARED_DATA): the rows stay
  there and are left out at each run; ask the system that delivers them to erase them
- backups, DVC remotes, other checkouts, copies that people made or sent, such as a BentoML bundle
  that was deployed
- a running endpoint, which holds the old store in memory: start it anew
Git never held customers. Commit dvc.lock and {paths.ERASED}: without that list they come back."""


def erase(source: str, customers: Sequence[str], sure: bool) -> None:
    """Erase each of the customers. sure: without a question."""
    selected(source)
    for who in customers:
        _erase(who, sure)


def _erase(who: str, sure: bool) -> None:
    """Show what goes, ask, erase, make everything anew, remove old copies, search, report."""
    key = load_key()
    erased = load_erased(paths.ERASED, key)
    erasure = _resumed(who) or _begun(who, sure, erased)
    if erasure is None:
        return
    mapping = _mapping(erasure)
    erased = erasure.added_to(erased)
    save_erased(paths.ERASED, erased)
    _make_anew()
    done = purge(erasure.search)
    with step(STAGE, "searching everything for the person"):
        _require_gone(erasure, mapping, erased)
    UNDER_WAY.unlink()
    print("\n".join([*done, f"Nothing found of {erasure.pseudonyms[0]}.", "", NOT_REACHED]))


def _resumed(who: str) -> Erasure | None:
    """The erasure that a killed run left, if it is of this customer."""
    erasure = load_erasure(UNDER_WAY)
    if erasure is None:
        return None
    if who not in (*erasure.pseudonyms, *erasure.references):
        raise KehuError(
            f"{UNDER_WAY}: the erasure of {erasure.pseudonyms[0]} was begun and not finished; "
            f"expected none. Run `kehu erase` for that customer first."
        )
    say(STAGE, f"finishing the erasure of {erasure.pseudonyms[0]} that was begun before")
    return erasure


def _begun(who: str, sure: bool, erased: Erased) -> Erasure | None:
    """A new erasure, once it is agreed to; None if there is nothing to do."""
    params = load_params()
    mapping = load_mapping(paths.SOURCES / f"{params.source}.yaml")
    vault = open_vault(paths.VAULT)
    try:
        person = look_up(who, vault, erased.key)
    except UnknownCustomerError:
        if not _was_erased(who, mapping, erased):
            raise
        print(f"{who} is on the list of erased customers already, and not in the vault.")
        return None
    plan = make_plan(person, mapping, paths.RAW, paths.LEDGER, vault, erased)
    if not sure and not _agreed(plan):
        print("Nothing was changed.")
        return None
    if sure:
        print(plan)
    note_access(erased.key, STAGE, person.pseudonyms, datetime.now(UTC))
    save_erasure(UNDER_WAY, plan.erasure)
    return plan.erasure


def _was_erased(who: str, mapping: SourceMapping, erased: Erased) -> bool:
    system, _, number = who.rpartition(":")
    return erased.holds_customer(who) or erased.record_test(mapping.name, system or ANY_SYSTEM)(
        number
    )


def _agreed(plan: Plan) -> bool:
    print(plan)
    try:
        return input("Erase this customer from everything? Type yes: ").strip() == "yes"
    except EOFError:
        raise KehuError("nobody answered; expected 'yes'. Add --yes where nobody can.") from None


def _mapping(erasure: Erasure) -> SourceMapping:
    """The mapping of the erasure's source, which has to be the one that is selected."""
    source = load_params().source
    if source != erasure.source:
        raise KehuError(
            f"params.yaml: source is {source!r}; expected {erasure.source!r}, from which "
            f"{erasure.pseudonyms[0]} is being erased. Run this command again with "
            f"`--source {erasure.source}`."
        )
    return load_mapping(paths.SOURCES / f"{source}.yaml")


def _make_anew() -> None:
    """Every output, without the person. What builds on its own past starts from nothing."""
    for folder in (paths.ASSETS, paths.FEATURES):
        shutil.rmtree(folder, ignore_errors=True)
    with step(STAGE, "dvc repro"):
        done = subprocess.run([sys.executable, "-m", "dvc", "repro"], check=False)
    if done.returncode:
        raise KehuError(
            f"`dvc repro` failed with status {done.returncode}, so older outputs still hold the "
            "customer. Mend what it says above and run this command again: it goes on from here."
        )


def _require_gone(erasure: Erasure, mapping: SourceMapping, erased: Erased) -> None:
    outputs = [path for path in paths.DATA.iterdir() if path not in _NOT_SEARCHED]
    copies = [DVC, *TRACKED, *_BESIDE, bentos(), SCRATCH]
    vault = open_vault(paths.VAULT)
    made = [*outputs, paths.ERASED, *copies]
    traces = still_there(erasure, mapping, paths.RAW, vault, erased, made)
    if traces:
        found = "".join(f"\n- {trace}" for trace in traces)
        raise KehuError(
            f"{erasure.pseudonyms[0]} is NOT erased; expected no trace, found {len(traces)}:{found}"
            "\nTake them out (of an original, if it is a raw file) and run this command again."
        )
