"""An ordered set of features that can be computed together."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from src.core.errors import ConfigError, FeatureError, nearest
from src.core.files import read_json
from src.features.catalogue import offered
from src.features.feature import Feature, feature_from_json, feature_to_json

__all__ = ["Feature", "FeatureSpec", "load_catalogue"]


class FeatureSpec:
    """An ordered set of features and those that they are computed from.

    features: the columns of the result, in order. supporting: features that only feed others.
    """

    def __init__(self, features: Iterable[Feature], supporting: Iterable[Feature] = ()) -> None:
        """Raises FeatureError on a name given twice, one needed but absent, or a circle."""
        self.features = tuple(features)
        self.supporting = tuple(supporting)
        self._by_name: dict[str, Feature] = {}
        for feature in (*self.features, *self.supporting):
            if feature.name in self._by_name:
                raise FeatureError(f"feature {feature.name!r} is defined twice. Remove one.")
            self._by_name[feature.name] = feature
        self.ordered = _in_order(self._by_name)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the result, in order."""
        return tuple(feature.name for feature in self.features)

    def __getitem__(self, name: str) -> Feature:
        """The feature called `name`. Raises FeatureError naming the nearest one."""
        if name not in self._by_name:
            raise FeatureError(f"unknown feature {name!r}. {nearest(name, self._by_name)}")
        return self._by_name[name]

    def __len__(self) -> int:
        return len(self.features)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FeatureSpec) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def select(self, names: Iterable[str]) -> "FeatureSpec":
        """The spec of just these columns, in the order given, with what they are computed from."""
        chosen = [self[name] for name in names]
        wanted = {feature.name for feature in chosen}
        needed = list(wanted)
        while needed:
            for part in self[needed.pop()].definition.needs:
                if part not in wanted:
                    wanted.add(part)
                    needed.append(part)
        outputs = {feature.name for feature in chosen}
        return FeatureSpec(
            chosen, [f for f in self.ordered if f.name in wanted and f.name not in outputs]
        )

    def to_json(self) -> dict[str, Any]:
        """The whole spec as plain JSON values."""
        return {
            "features": [feature_to_json(feature) for feature in self.features],
            "supporting": [feature_to_json(feature) for feature in self.supporting],
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """The spec that `to_json` wrote. Raises ConfigError on anything else."""
        if set(content) != {"features", "supporting"}:
            raise ConfigError(
                f"feature spec: found keys {sorted(content)}; expected 'features', 'supporting'."
            )
        return cls(
            [feature_from_json(entry) for entry in content["features"]],
            [feature_from_json(entry) for entry in content["supporting"]],
        )

    @cached_property
    def digest(self) -> str:
        """Hex digest (SHA-256, 16 characters) of all that the spec computes and says."""
        text = json.dumps(self.to_json(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def load_spec(path: Path) -> FeatureSpec:
    """The spec in a file of `to_json`. Raises ConfigError if it is none."""
    return FeatureSpec.from_json(read_json(path))


def load_catalogue(path: Path) -> FeatureSpec:
    """The features that a YAML file such as configs/features.yaml offers, families expanded.

    Raises ConfigError naming the file, the family and the key.
    """
    features, names = offered(path)
    return FeatureSpec(features).select(names)


def load_candidates(path: Path) -> FeatureSpec:
    """All features that the file defines, those that it drops included."""
    features, _ = offered(path)
    return FeatureSpec(features)


def _in_order(features: Mapping[str, Feature]) -> tuple[Feature, ...]:
    """Each feature after those that it needs."""
    placed: dict[str, Feature] = {}

    def place(name: str, chain: tuple[str, ...]) -> None:
        if name in placed:
            return
        if name in chain:
            raise FeatureError(f"features need each other in a circle: {' -> '.join(chain)}.")
        if name not in features:
            raise FeatureError(
                f"feature {chain[-1]!r} needs {name!r}, which is not defined. "
                f"{nearest(name, features)}"
            )
        for part in features[name].definition.needs:
            place(part, (*chain, name))
        placed[name] = features[name]

    for name in features:
        place(name, ())
    return tuple(placed.values())
