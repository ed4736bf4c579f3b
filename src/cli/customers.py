"""`kehu privacy` and `kehu erase`: who is who, who looked, and taking somebody out.

Whoever is looked up is read from standard input or asked for, never taken from an argument: the
arguments of a process can be read by every user of the machine.
"""

import sys
from dataclasses import asdict
from datetime import UTC, datetime

import click

from src.cli.base import CustomersFromInput, as_json, asked_for, example, print_json
from src.cli.source import source_option
from src.core.errors import KehuError

WHO = "customers, as pseudonym (K…), record (crm:C0000042), account, name, phone, e-mail …"
WHO_TO_ERASE = "customers, as pseudonym (K…) or record (crm:C0000042)"


@click.group(epilog=example("kehu privacy init"))
def privacy() -> None:
    """Make the key of the pseudonyms, look customers up, see who did."""


@privacy.command(epilog=example("kehu privacy init"))
def init() -> None:
    """Make a key for the pseudonyms; one that is there stays."""
    from src.privacy.key import DEFAULT_FILE, fingerprint, load_key, make_key

    make_key()
    click.echo(
        f"{DEFAULT_FILE}: a new key, fingerprint {fingerprint(load_key({}))}. Keep a copy "
        "in a safe place: without it no customer can be found, and no pseudonym made again."
    )


@privacy.command(
    cls=CustomersFromInput,
    epilog=example("kehu privacy find", "echo crm:C0000042 | kehu privacy find --json"),
)
@source_option
@as_json
def find(source: str, as_json: bool) -> None:
    """Look customers up in the vault: a record's pseudonym, and back.

    Reads them from standard input, one a line, or asks for them; names, phones and other details
    will do as well. Prints numbers and pseudonyms, no names. Each look is noted before anything is
    shown; see `kehu privacy accesses`.
    """
    from src.pipeline.deliveries.inputs import key_of
    from src.pipeline.run import open_run
    from src.privacy.find import find_noted
    from src.privacy.people import UnknownCustomerError
    from src.privacy.vault import open_vault

    run = open_run(source)
    key, vault, unknown = key_of(run), open_vault(run.paths.vault), []
    found = []
    for number, who in enumerate(asked_for(WHO), start=1):
        try:
            found.append({"line": number, **asdict(find_noted(who, vault, key, datetime.now(UTC)))})
        except UnknownCustomerError as error:
            unknown.append(f"line {number}: {error}")
    if as_json:
        print_json(found)
    elif found:
        click.echo("\n".join(each["text"] for each in found))
    if unknown:
        raise KehuError(" ".join(unknown))


@privacy.command(
    cls=CustomersFromInput,
    epilog=example(
        "kehu privacy accesses", "echo crm:C0000042 | kehu privacy accesses --customer --json"
    ),
)
@click.option("--customer", is_flag=True, help="Only looks at customers read from standard input.")
@source_option
@as_json
def accesses(customer: bool, source: str, as_json: bool) -> None:
    """Print who looked whom up, and when."""
    from src.pipeline.deliveries.inputs import key_of
    from src.pipeline.run import open_run
    from src.privacy.accesses import accesses as noted
    from src.privacy.people import present_pseudonym
    from src.privacy.vault import open_vault

    run = open_run(source)
    key = key_of(run)
    found = noted(key)
    if customer:
        vault = open_vault(run.paths.vault)
        wanted = [present_pseudonym(who, vault, key) for who in asked_for(WHO_TO_ERASE)]
        of_wanted = [access for each in wanted for access in noted(key, each)]
        found = [access for access in found if access in of_wanted]
    if as_json:
        print_json([asdict(access) for access in found])
    else:
        click.echo("\n".join(map(str, found)) or "Nobody was looked up.")


@click.command(
    cls=CustomersFromInput, epilog=example("kehu erase", "kehu erase --yes < customers.txt")
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@source_option
@as_json
def erase(yes: bool, source: str, as_json: bool) -> None:
    """Erase customers from every output, and prove it.

    Reads them from standard input, one a line, or asks for them: pseudonyms or records. They are
    erased together. A run that was killed is finished by the same command.
    """
    from src.pipeline.operations.erase import erase as erase_all
    from src.pipeline.run import open_run

    proof = erase_all(open_run(source), asked_for(WHO_TO_ERASE), yes, _agreed)
    if as_json:
        print_json(proof.to_json() if proof else None)
    elif proof:
        click.echo(str(proof))


def _agreed(plan: str) -> bool:
    """Show what goes and ask. Raises KehuError if nobody answers."""
    click.echo(plan, err=True)
    click.echo("Erase them from everything? Type yes: ", nl=False, err=True)
    answer = sys.stdin.readline()
    if not answer:
        raise KehuError("nobody answered; expected 'yes'. Add --yes where nobody can.")
    return answer.strip() == "yes"
