"""A bank whose deliveries can be damaged: what integration makes of them, and what it leaves."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from src.core.files import digest
from tests.support.project.checkout import Checkout

TINY = {"simulate__customers": 60, "simulate__months": 12}
INTEGRATE = ("python", "-m", "src.pipeline.stage", "integrate", "simulated", "public")
_MADE = ("raw", "ledger", "vault")


@dataclass(frozen=True)
class Delivered(Checkout):
    """A checkout with deliveries, ledger and vault. kept: the checkout that holds them unhurt."""

    kept: Path = field(kw_only=True)

    def restore(self) -> None:
        """Deliveries, ledger and vault as they were."""
        for name in _MADE:
            shutil.rmtree(self.data / name)
            shutil.copytree(self.kept / "data/simulated" / name, self.data / name)

    def last(self, pattern: str) -> Path:
        """The newest delivery of a file."""
        return sorted((self.data / "raw").glob(pattern))[-1]

    def refused(self, *command: str) -> str:
        """Hold that a command, such as integration, fails with one line and leaves ledger and vault
        as they were; that line."""
        before = outputs(self, "ledger", "vault")
        done = self.run(*(command or INTEGRATE), check=False)
        assert done.returncode != 0, done.stdout
        assert "Traceback" not in done.stderr, done.stderr
        assert outputs(self, "ledger", "vault") == before
        (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        return line

    def accepted(self) -> dict[str, Any]:
        """Integrate, and give the account of it."""
        self.run(*INTEGRATE)
        account: dict[str, Any] = json.loads(
            (self.data / "ledger/integration.json").read_text("utf-8")
        )
        return account


def outputs(bank: Checkout, *names: str) -> dict[str, str]:
    """Digest of every file of some outputs, those written aside included."""
    data = bank.data
    folders = [path for path in data.iterdir() if any(name in path.name for name in names)]
    found = [path for place in folders for path in (place, *sorted(place.rglob("*")))]
    files = [path for path in found if path.is_file()]
    return {str(path.relative_to(data)): digest(path) for path in files}


def whole(found: dict[str, str]) -> dict[str, str]:
    """Those of some outputs that stand under their own name: not what was written aside."""
    return {name: value for name, value in found.items() if ".part" not in name}
