"""An erasure under way: what is to be gone, kept until it is, so that a kill loses nothing.

The file names the person, so only its owner can read it; it goes when nothing is found any more.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from src.core.files import read_json, write_json
from src.privacy.erased import Erased
from src.privacy.traces import Search

_OWNER_ONLY = 0o600
_LONG_NUMBER = 11
_PHONE = 7


@dataclass(frozen=True)
class Erasure:
    """One customer's erasure. source: of configs/sources. records: (system, number). references:
    records as the vault names them. account_ids: pseudonyms of the accounts. details: kind ->
    values of this person alone."""

    source: str
    pseudonyms: tuple[str, ...]
    references: tuple[str, ...]
    records: tuple[tuple[str, str], ...]
    accounts: tuple[str, ...]
    account_ids: tuple[str, ...]
    details: Mapping[str, tuple[str, ...]] = field(repr=False)

    def added_to(self, erased: Erased) -> Erased:
        """The list of the erased with this customer."""
        return erased.with_customer(self.source, self.pseudonyms, self.records, self.accounts)

    @property
    def search(self) -> Search:
        """For all that names the customer. Bare numbers count where they can be no amounts: with a
        letter in them or at least 11 digits, of phones and identity numbers at least 7."""
        bare = [number for _, number in self.records if _is_telling(number)]
        numbers = {
            kind: [value for value in self.details.get(kind, ()) if _is_telling(value, _PHONE)]
            for kind in ("phone", "id_number")
        }
        return Search.of(
            {
                "pseudonym": [*self.pseudonyms, *self.account_ids],
                "record": [*(r for r in self.references if _is_telling(r)), *bare],
                "account": filter(_is_telling, self.accounts),
                **self.details,
                **numbers,
            }
        )


def save_erasure(path: Path, erasure: Erasure) -> None:
    """Write it so that only its owner can read it, at no instant anybody else."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_json(path, asdict(erasure), _OWNER_ONLY)


def load_erasure(path: Path) -> Erasure | None:
    """The erasure that was begun and not finished; None if there is none."""
    if not path.exists():
        return None
    content = read_json(path)
    return Erasure(
        source=content["source"],
        pseudonyms=tuple(content["pseudonyms"]),
        references=tuple(content["references"]),
        records=tuple((system, number) for system, number in content["records"]),
        accounts=tuple(content["accounts"]),
        account_ids=tuple(content["account_ids"]),
        details={kind: tuple(values) for kind, values in content["details"].items()},
    )


def _is_telling(number: str, enough: int = _LONG_NUMBER) -> bool:
    return any(sign.isalpha() for sign in number) or len(number) >= enough
