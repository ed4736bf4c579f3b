"""Sources of any shape: a mapping and generated files in a workspace of their own."""

from pathlib import Path
from typing import Any

import pandas as pd

from tests.support.sources.pipeline_stages import workspace

POLICY = """
  shape:
    value_tier:
      horizon_days: 30
      tiers:
        - {name: mass, wording: {zh: 大众, en: Mass}, from_units: 0}
        - {name: affluent, wording: {zh: 富裕, en: Affluent}, from_units: 5000}
      costs: [[0, 1], [2, 0]]
    churn:
      horizon_days: 30
"""


def source(
    folder: Path, task: str, body: str, files: dict[str, pd.DataFrame], **settings: Any
) -> Path:
    """A workspace with the mapping `shape` and its files under data/incoming."""
    made = workspace(folder, "shape", settings)
    others = [each for each in ("risk_appetite", "value_tier", "churn") if each != task]
    head = [
        "description: a shape",
        "base_currency: CNY",
        "origin: generated",
        f"supports: [{task}]",
        "unsupported: {" + ", ".join(f"{each}: not of this shape" for each in others) + "}",
    ]
    mapping = "\n".join(head) + "\n" + body
    (made / "configs/sources/shape.yaml").write_text(mapping, encoding="utf-8")
    with (made / "configs/taxonomy.yaml").open("a", encoding="utf-8") as policy:
        policy.write(POLICY)
    for name, table in files.items():
        path = made / "data/incoming/shape" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(path, index=False)
    return made
