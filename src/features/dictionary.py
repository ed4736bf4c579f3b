"""The feature dictionary, generated from the catalogue: `kehu features dictionary`."""

import inspect
from collections.abc import Callable, Iterable
from pathlib import Path

from src.core.config import load_settings
from src.features.catalogue import EVIDENCE, Catalogue
from src.features.definitions.kinds import DEFINITIONS
from src.features.feature import Feature
from src.features.spec import FeatureSpec, load_catalogue

_HEAD = """# Feature dictionary

Generated from `{path}` by `kehu features dictionary`; do not edit. {count} features in
{groups} groups, from all tables of the ledger but `labels`: they tell what came after as_of, so
none can be a feature. At as_of a feature sees `as_of - window <= occurred_at < as_of` of what was
known: `known_at < as_of <= known_until`. Money is in units of the base currency; a period is 30
days. `↑` and `↓`: the business holds that more of it means a later or an earlier class of the task.
actionable: the customer or the bank can move it. sensitive: audited for fairness, never in a model.
A formula begins with its kind, told [below](#kinds-of-formula). {supporting} more definitions feed
others alone, and {dropped} are dropped: they helped no task of any source ([evidence]({evidence})).
"""
_COLUMNS = (
    "feature",
    "中文",
    "English",
    "unit",
    "window",
    "formula",
    "tables",
    "direction",
    "actionable",
    "sensitive",
)


def feature_dictionary(path: Path) -> str:
    """Markdown: one table per business group, one line per feature of the catalogue at `path`."""
    catalogue, spec = load_settings(path, Catalogue), load_catalogue(path)
    head = _HEAD.format(
        path=path.as_posix(),
        count=len(spec),
        groups=len({f.group for f in spec.features}),
        supporting=len(spec.supporting),
        dropped=len(catalogue.dropped),
        evidence=EVIDENCE.name,
    )
    parts = [head]
    for group, wording in catalogue.groups.items():
        members = [feature for feature in spec.features if feature.group == group]
        if not members:
            continue
        parts.append(f"## {wording.en} · {wording.zh}\n")
        parts.append(_row(_COLUMNS))
        parts.append("|" + "---|" * len(_COLUMNS))
        parts += [_row(_cells(feature, spec)) for feature in members] + [""]
    parts.append("## Kinds of formula\n")
    used = {feature.definition.kind for feature in spec.ordered}
    parts += [_told(kind) for kind in DEFINITIONS if kind in used]
    return "\n".join(parts) + "\n"


def _told(kind: str) -> str:
    """What the kind's class says of itself, as one item of a list."""
    text = inspect.cleandoc(DEFINITIONS[kind].__doc__ or "")
    return f"- **{kind}**: {' '.join(text.split())}"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def _cells(feature: Feature, spec: FeatureSpec) -> tuple[str, ...]:
    arrows = {1: "↑", -1: "↓"}
    directions = [f"{task} {arrows[sign]}" for task, sign in feature.direction.items() if sign]
    return (
        f"`{feature.name}`",
        feature.wording.zh,
        feature.wording.en,
        feature.unit,
        ", ".join(windows(feature, spec)),
        f"{feature.definition.kind}: {feature.definition.formula}",
        ", ".join(tables(feature, spec)),
        ", ".join(directions),
        "yes" if feature.actionable else "no",
        "yes" if feature.sensitive else "no",
    )


def windows(feature: Feature, spec: FeatureSpec) -> list[str]:
    """The windows that a feature looks at, its own or those of its parts."""

    def own(part: Feature) -> tuple[str, ...]:
        window = part.definition.window
        return () if window is None else (window,)

    return _gathered(feature, spec, own)


def tables(feature: Feature, spec: FeatureSpec) -> list[str]:
    """The ledger tables that a feature is computed from."""
    return _gathered(feature, spec, lambda part: part.definition.tables)


def _gathered(
    feature: Feature, spec: FeatureSpec, own: Callable[[Feature], tuple[str, ...]]
) -> list[str]:
    """What a feature and its parts say, each once."""
    found = [*own(feature)]
    for name in feature.definition.needs:
        found += _gathered(spec[name], spec, own)
    return list(dict.fromkeys(found))
