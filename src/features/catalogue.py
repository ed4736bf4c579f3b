"""The catalogue file: families of features, expanded over windows, filters and stages."""

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from src.core.config import Settings, load_settings, parse_settings
from src.core.errors import ConfigError, nearest
from src.core.taxonomy import Wording
from src.features.definitions.conditions import Conditions, Filter
from src.features.definitions.derived import StageClass
from src.features.feature import Feature, Unit, parse_definition

EVIDENCE = Path("configs/feature_evidence.csv")


class FilterEntry(Conditions):
    """The conditions of a named filter, and its wording."""

    wording: Wording


class StageEntry(StageClass):
    """One class of a stage, and its wording."""

    wording: Wording


class Family(Settings):
    """Features that differ in a few keys only.

    define: the definition shared by all. each: keys whose every listed value makes a feature;
    several keys make every combination. Braces in the texts, such as {days} or {only}, are
    replaced by the value, a filter by its wording; {classes} by the codes of a stage's classes.
    """

    define: Mapping[str, Any]
    each: Mapping[str, tuple[Any, ...]] = {}
    group: str
    unit: Unit
    wording: Wording
    direction: Mapping[str, Literal[-1, 0, 1]] = {}
    actionable: bool = False
    sensitive: bool = False


class Catalogue(Settings):
    """The whole file. terms: the wording of values that stand in braces and are no filters.

    dropped: features that are defined, but not offered: by the evidence in EVIDENCE they helped no
    task of any source. kept: features offered without such evidence, and why.
    """

    groups: Mapping[str, Wording]
    filters: Mapping[str, FilterEntry]
    terms: Mapping[str, Wording] = {}
    stages: Mapping[str, tuple[StageEntry, ...]] = {}
    dropped: tuple[str, ...] = ()
    kept: Mapping[str, str] = {}
    families: tuple[Family, ...] = Field(min_length=1)


def offered(path: Path) -> tuple[tuple[Feature, ...], tuple[str, ...]]:
    """Every feature that the catalogue at `path` defines, in the file's order, and the names of
    those that it offers. Raises ConfigError.
    """
    catalogue = load_settings(path, Catalogue)
    features = _expanded(catalogue, path)
    names = [feature.name for feature in features]
    for key, listed in (("dropped", catalogue.dropped), ("kept", tuple(catalogue.kept))):
        for name in listed:
            if name not in names:
                raise ConfigError(
                    f"{path}: {key}: unknown feature {name!r}. {nearest(name, names)}"
                )
    return features, tuple(name for name in names if name not in set(catalogue.dropped))


def _expanded(catalogue: Catalogue, path: Path) -> tuple[Feature, ...]:
    features: list[Feature] = []
    for index, family in enumerate(catalogue.families):
        where = f"{path}: families[{index}]"
        if family.group not in catalogue.groups:
            raise ConfigError(
                f"{where}: unknown group {family.group!r}. "
                f"{nearest(family.group, catalogue.groups)}"
            )
        features.extend(_members(family, catalogue, where))
    return tuple(features)


def _members(family: Family, catalogue: Catalogue, where: str) -> Iterator[Feature]:
    keys = tuple(family.each)
    for values in itertools.product(*family.each.values()):
        chosen = dict(zip(keys, values, strict=True))
        content = {key: _filled(value, chosen, where) for key, value in family.define.items()}
        texts = {k: _words(v, catalogue) for k, v in {**content, **chosen}.items()}
        content |= {k: v for k, v in chosen.items() if not _only_fills(k, family.define)}
        if isinstance(content.get("only"), str):
            name = content["only"]
            entry = _filter(name, catalogue.filters, where)
            content["only"] = Filter(name=name, **entry.model_dump(exclude={"wording"}))
        if content.get("kind") == "stage":
            entries = _stage(str(content.get("of")), catalogue.stages, where)
            content["classes"] = tuple(e.model_dump(exclude={"wording"}) for e in entries)
            texts["classes"] = (
                "，".join(f"{e.code} {e.wording.zh}" for e in entries),
                ", ".join(f"{e.code} {e.wording.en}" for e in entries),
            )
        definition = parse_definition(content, where)
        content = {
            "definition": definition,
            "group": family.group,
            "unit": family.unit,
            "wording": _worded(family.wording, texts, where),
            "direction": family.direction,
            "actionable": family.actionable,
            "sensitive": family.sensitive,
        }
        yield parse_settings(content, Feature, where)


def _words(value: Any, catalogue: Catalogue) -> tuple[str, str]:
    known = {**catalogue.terms, **{k: entry.wording for k, entry in catalogue.filters.items()}}
    wording = known.get(value) if isinstance(value, str) else None
    return (wording.zh, wording.en) if wording else (str(value), str(value))


def _only_fills(key: str, define: Mapping[str, Any]) -> bool:
    """True if `key` occurs in braces inside the definition, and so isn't a key of its own."""
    return "{" + key + "}" in str(define)


def _filled(value: Any, chosen: Mapping[str, Any], where: str) -> Any:
    """Names of other features may hold {days} and the like, as the texts do."""
    if isinstance(value, str) and "{" in value:
        return _formatted(value, chosen, where)
    if isinstance(value, list | tuple):
        return tuple(_filled(part, chosen, where) for part in value)
    if isinstance(value, dict):
        return {key: _filled(part, chosen, where) for key, part in value.items()}
    return value


def _formatted(text: str, words: Mapping[str, Any], where: str) -> str:
    """`text` with its braces filled. Raises ConfigError naming what stands in them in vain."""
    try:
        return text.format_map(words)
    except KeyError as error:
        raise ConfigError(
            f"{where}: {text!r} names {error}, which the family has not. "
            f"{nearest(str(error.args[0]), words)}"
        ) from error
    except (ValueError, IndexError) as error:
        raise ConfigError(
            f"{where}: {text!r} has braces that can't be filled; expected a key of the family "
            "in each pair, such as {days}."
        ) from error


def _filter(name: str, filters: Mapping[str, FilterEntry], where: str) -> FilterEntry:
    if name not in filters:
        raise ConfigError(f"{where}: unknown filter {name!r}. {nearest(name, filters)}")
    return filters[name]


def _stage(
    name: str, stages: Mapping[str, tuple[StageEntry, ...]], where: str
) -> tuple[StageEntry, ...]:
    if name not in stages:
        raise ConfigError(f"{where}: unknown stage {name!r}. {nearest(name, stages)}")
    return stages[name]


def _worded(wording: Wording, texts: Mapping[str, tuple[str, str]], where: str) -> Wording:
    return Wording(
        zh=_formatted(wording.zh, {k: v[0] for k, v in texts.items()}, where),
        en=_formatted(wording.en, {k: v[1] for k, v in texts.items()}, where),
    )
