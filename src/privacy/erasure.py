"""An erasure: all that is to be gone, of one customer or of several at once."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from src.privacy.erased import Erased
from src.privacy.traces import Search

_LONG_NUMBER = 11
_PHONE = 7


@dataclass(frozen=True)
class Erasure:
    """What names the customers who are erased together. source: of configs/sources. customers:
    their present pseudonyms. pseudonyms: these and those before a merge. records: (system, number).
    references: records as the vault names them. account_ids: pseudonyms of the accounts. details:
    kind -> values of these persons alone."""

    source: str
    customers: tuple[str, ...]
    pseudonyms: tuple[str, ...]
    references: tuple[str, ...]
    records: tuple[tuple[str, str], ...]
    accounts: tuple[str, ...]
    account_ids: tuple[str, ...]
    details: Mapping[str, tuple[str, ...]] = field(repr=False)

    def added_to(self, erased: Erased) -> Erased:
        """The list of the erased with these customers."""
        return erased.with_customer(self.source, self.pseudonyms, self.records, self.accounts)

    @property
    def search(self) -> Search:
        """For all that names the customers. Bare numbers count where they can be no amounts: with
        a letter in them or at least 11 digits, of phones and identity numbers at least 7."""
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

    def to_json(self) -> dict[str, Any]:
        """Plain values, which name the customers."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Erasure":
        """What `to_json` gave."""
        plain = ("customers", "pseudonyms", "references", "accounts", "account_ids")
        return cls(
            source=content["source"],
            **{name: tuple(content[name]) for name in plain},
            records=tuple((system, number) for system, number in content["records"]),
            details={kind: tuple(values) for kind, values in content["details"].items()},
        )


def _is_telling(number: str, enough: int = _LONG_NUMBER) -> bool:
    return any(sign.isalpha() for sign in number) or len(number) >= enough
