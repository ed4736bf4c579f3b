"""What a source looks like and what it means: configs/sources/NAME.yaml as a typed object.

`files` says how each raw file is read (format, columns, types); `identities` which of their rows
are customer records to be resolved; `tables` how ledger columns come from them; `rules` what is
corrected. All are data: no source needs Python of its own.
"""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from src.core.config import Settings, parse_settings, read_yaml
from src.core.errors import ConfigError, nearest
from src.privacy.origins import made_of
from src.sources.mapping.consistency import require_consistent
from src.sources.mapping.entries import Entry, Identity
from src.sources.mapping.private_columns import with_implied
from src.sources.mapping.raw_files import MOST_DECIMALS, Control, RawFile
from src.sources.mapping.rule import Rule


class SourceMapping(Settings):
    """One source of data and what it supports. ends: "by_customer" where each customer's record
    is cut at a time of its own, so that silence after it tells nothing."""

    description: str
    base_currency: str
    generator: Literal["simulated", "files"] = "files"
    ends: Literal["together", "by_customer"] = "together"
    origin: str
    supports: tuple[Literal["risk_appetite", "value_tier", "churn"], ...]
    unsupported: dict[Literal["risk_appetite", "value_tier", "churn"], str] = Field(default={})
    files: dict[str, RawFile]
    control: Control | None = None
    identities: tuple[Identity, ...] = ()
    tables: dict[str, tuple[Entry, ...]]
    rules: tuple[Rule, ...] = ()
    name: str

    @property
    def where(self) -> str:
        """The file that messages send the reader to."""
        return f"configs/sources/{self.name}.yaml"

    @property
    def systems(self) -> frozenset[str]:
        """The systems whose customer records are resolved."""
        return frozenset(identity.system for identity in self.identities)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        require_consistent(self)
        marked = self.model_copy(update={"files": with_implied(self)})
        return marked.model_copy(update={"files": with_whole_rates(marked)})


def with_whole_rates(mapping: SourceMapping) -> dict[str, RawFile]:
    """The mapping's files, in which decimals that exchange rates are made of keep all digits."""
    files = dict(mapping.files)
    for entry in mapping.tables.get("fx_rates", ()):
        target = entry.columns.get("rate")
        for name, column in made_of(mapping, entry, target) if target else ():
            raw = files[name].columns[column]
            if raw.type == "decimal" and "decimals" not in raw.model_fields_set:
                whole = raw.model_copy(update={"decimals": MOST_DECIMALS})
                columns = {**files[name].columns, column: whole}
                files[name] = files[name].model_copy(update={"columns": columns})
    return files


def load_mapping(path: Path) -> SourceMapping:
    """Read configs/sources/NAME.yaml; the source's name is the file's.

    Raises ConfigError naming file, key and remedy.
    """
    if not path.is_file():
        known = [other.stem for other in path.parent.glob("*.yaml")]
        raise ConfigError(
            f"{path}: no mapping for source {path.stem!r}. {nearest(path.stem, known)}"
        )
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: expected a mapping of keys to values.")
    _require_text_keys(content, str(path))
    return parse_settings({**content, "name": path.stem}, SourceMapping, where=str(path))


def _require_text_keys(content: Any, where: str) -> None:
    """YAML reads the keys no, on and 01 as false, true and 1: such names need quotes."""
    if isinstance(content, dict):
        for key, value in content.items():
            if not isinstance(key, str):
                raise ConfigError(
                    f"{where}: the key {key!r} is no text, for YAML reads words such as no, on and "
                    "yes as truth values and digits as numbers. Put the name in quotes."
                )
            _require_text_keys(value, f"{where}: {key}")
    elif isinstance(content, list):
        for value in content:
            _require_text_keys(value, where)
