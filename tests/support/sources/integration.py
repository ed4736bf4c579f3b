"""Integration as tests run it: the project's rules and linkage, a key of no worth, one thread."""

import json
from pathlib import Path
from typing import Any

from src.core.params import IntegrateParams
from src.pipeline.paths import LINKAGE, RULES
from src.sources.integrate import integrate
from src.sources.linkage.model import load_linkage
from src.sources.mapping.mapping import load_mapping
from src.sources.staging.rules import load_rules

KEY = b"a key for tests alone, worth nothing"
PARAMS = IntegrateParams(memory_limit="1GB", threads=1, max_unreadable_share=0.2)


def integrate_into(
    mapping: Path, raw: Path, folder: Path, params: IntegrateParams = PARAMS
) -> dict[str, Any]:
    """Integrate `raw` by the mapping file into folder/ledger and folder/vault; the account."""
    integrate(
        load_mapping(mapping),
        load_rules(RULES),
        load_linkage(LINKAGE),
        raw=raw,
        ledger=folder / "ledger",
        vault=folder / "vault",
        key=KEY,
        params=params,
    )
    account: dict[str, Any] = json.loads(
        (folder / "ledger" / "integration.json").read_text("utf-8")
    )
    return account
