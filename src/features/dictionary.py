"""The feature dictionary, generated from the catalogue: `python -m src.features dictionary`."""

from pathlib import Path

from src.core.config import load_settings
from src.features.catalogue import Catalogue
from src.features.definitions.conditions import Filter
from src.features.definitions.derived import Difference, Mix, Ratio
from src.features.definitions.events import Periodic, Recency, Windowed
from src.features.definitions.kinds import Definition
from src.features.definitions.state import BalancePath, Holding, Imputed, Profile, Questionnaire
from src.features.feature import Feature
from src.features.spec import load_catalogue

_HEAD = """# Feature dictionary

Generated from `{path}` by `python -m src.features dictionary`; do not edit. {count} features in
{groups} groups. At as_of a feature sees `as_of - window <= occurred_at < as_of` of what was known:
`known_at < as_of <= known_until`. Money is in units of the base currency; a period is 30 days.
`↑` and `↓`: the business holds that more of it means a later or an earlier class of the task.
"""


def feature_dictionary(path: Path) -> str:
    """Markdown: one table per business group, one line per feature of the catalogue at `path`."""
    catalogue, spec = load_settings(path, Catalogue), load_catalogue(path)
    parts = [
        _HEAD.format(
            path=path.as_posix(), count=len(spec), groups=len({f.group for f in spec.features})
        )
    ]
    for group, wording in catalogue.groups.items():
        members = [feature for feature in spec.features if feature.group == group]
        if not members:
            continue
        parts.append(f"## {wording.en} · {wording.zh}\n")
        parts.append("| feature | 中文 | English | unit | formula | direction | notes |")
        parts.append("|---|---|---|---|---|---|---|")
        parts += [_line(feature) for feature in members] + [""]
    return "\n".join(parts)


def _line(feature: Feature) -> str:
    arrows = {1: "↑", -1: "↓"}
    directions = [f"{task} {arrows[sign]}" for task, sign in feature.direction.items() if sign]
    notes = [word for word in ("actionable", "sensitive") if getattr(feature, word)]
    cells = (
        f"`{feature.name}`",
        feature.wording.zh,
        feature.wording.en,
        feature.unit,
        formula(feature.definition),
        ", ".join(directions),
        ", ".join(notes),
    )
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def formula(definition: Definition) -> str:
    """What a definition computes, in one line.

    >>> formula(Windowed(measure="inflow", how="sum", days=30))
    'sum of inflow over transactions in 30 days'
    """
    if isinstance(definition, Windowed):
        what: str = definition.measure
        return (
            f"{definition.how} of {what} over {definition.table} in {definition.days} days"
            f"{_where(definition.only)}"
        )
    if isinstance(definition, Recency):
        rows = "" if definition.measure == "rows" else f"{definition.measure} in "
        what = f"{rows}{definition.table}"
        return f"days since the {definition.which} of {what}{_where(definition.only)}"
    if isinstance(definition, Periodic):
        return (
            f"{definition.how} of the {definition.measure} of {definition.periods} periods"
            f"{_where(definition.only)}"
        )
    if isinstance(definition, BalancePath):
        return f"{definition.how} of the cash path over {definition.periods} periods"
    if isinstance(definition, Holding):
        before = f" {definition.days} days before" if definition.days else ""
        return f"{definition.how} of holdings{before}{_where(definition.only)}"
    if isinstance(definition, Profile):
        return f"{definition.field} of the customer's version known then"
    if isinstance(definition, Imputed):
        return f"1 if a rule filled {definition.column} of that version"
    if isinstance(definition, Questionnaire):
        return f"{definition.how} of the questionnaires"
    return _derived(definition)


def _derived(definition: Ratio | Difference | Mix) -> str:
    if isinstance(definition, Ratio):
        scale = "" if definition.scale == 1 else f"{definition.scale:g} × "
        return f"{scale}`{definition.numerator}` / `{definition.denominator}`"
    if isinstance(definition, Difference):
        return f"`{definition.left}` - `{definition.right}`"
    return f"{definition.how} of " + ", ".join(f"`{part}`" for part in definition.parts)


def _where(only: Filter | None) -> str:
    if only is None:
        return ""
    conditions = [
        f"{name} in {', '.join(allowed)}"
        for name, allowed in (
            ("kind", only.kinds),
            ("channel", only.channels),
            ("category", only.categories),
            ("topic", only.topics),
            ("asset class", only.asset_classes),
        )
        if allowed
    ]
    if only.min_grade is not None:
        conditions.append(f"risk grade >= {only.min_grade}")
    if only.max_grade is not None:
        conditions.append(f"risk grade <= {only.max_grade}")
    if only.after is not None:
        conditions.append(f"product after a {only.after}")
    return " where " + " and ".join(conditions)
