"""Folds of a table, binned once for many fits; features are chosen on training rows alone."""

from dataclasses import dataclass, field

import lightgbm as lgb
import numpy as np

from src.models.calibration import Floats
from src.models.fit import Grown, Indices, Machine, Recipe, Table, Watch, dataset, fit_stopped
from src.models.selection import kept, rank_features


@dataclass(frozen=True)
class Fold:
    """One fold: its training and held-out rows over the same bins, the places of the held-out rows
    and of the features that it keeps; table: all rows with these features."""

    table: Table
    train: lgb.Dataset
    valid: lgb.Dataset
    held_out: Indices
    columns: Indices

    def fit(self, recipe: Recipe, machine: Machine, watch: Watch | None = None) -> Grown:
        """A booster of the training rows, stopped by the held-out ones."""
        return fit_stopped(self.table, self.train, self.valid, recipe, machine, watch)


@dataclass
class Folds:
    """A table cut by the fold number `places` of each row.

    Rankings of the features and bins are made when they are first asked for, and kept: the bins
    of all features are shared by the folds, those of a fold's own choice are its own.
    """

    table: Table
    places: Indices
    machine: Machine
    _cuts: dict[int, list[Fold]] = field(default_factory=dict)
    _rankings: list[Indices] = field(default_factory=list)

    def keeping(self, features: int | None) -> list[Fold]:
        """The folds with that many features each (None: all)."""
        available = len(self.table.names)
        number = available if features is None else min(features, available)
        if number not in self._cuts:
            self._cuts[number] = self._all() if number == available else self._chosen(number)
        return self._cuts[number]

    def _all(self) -> list[Fold]:
        everything = np.arange(len(self.table.names))
        data = dataset(self.table, self.machine).construct()
        return [self._cut(self.table, data, p, everything) for p in range(self._count)]

    def _chosen(self, features: int) -> list[Fold]:
        if not self._rankings:
            self._rankings = [
                rank_features(self.table.take(np.flatnonzero(self.places != p)), self.machine)
                for p in range(self._count)
            ]
        cuts = []
        for place, ranking in enumerate(self._rankings):
            columns = kept(ranking, features, len(self.table.names))
            own = self.table.columns(columns)
            data = dataset(own, self.machine).construct()
            cuts.append(self._cut(own, data, place, columns))
        return cuts

    def _cut(self, own: Table, data: lgb.Dataset, place: int, columns: Indices) -> Fold:
        held_out = np.flatnonzero(self.places == place)
        train = data.subset(np.flatnonzero(self.places != place).tolist()).construct()
        valid = data.subset(held_out.tolist()).construct()
        return Fold(own, train, valid, held_out, columns)

    @property
    def _count(self) -> int:
        return int(self.places.max()) + 1


@dataclass(frozen=True)
class CrossFit:
    """Fits on all folds but one. margins: (n, m) out of fold, at `rounds` rounds each."""

    loss: float
    rounds: int
    margins: Floats


def cross_fit(folds: Folds, recipe: Recipe) -> CrossFit:
    """Fit each fold's complement; the rounds are common to all so that one final fit matches."""
    table, cut = folds.table, folds.keeping(recipe.features)
    grown = [fold.fit(recipe, folds.machine) for fold in cut]
    rounds = common_rounds([fold.booster for fold in grown])
    margins = np.empty((len(table.y), len(grown[0].offset)))
    for model, fold in zip(grown, cut, strict=True):
        margins[fold.held_out] = model.margins(table.X[np.ix_(fold.held_out, fold.columns)], rounds)
    return CrossFit(float(np.mean([model.loss for model in grown])), rounds, margins)


def common_rounds(boosters: list[lgb.Booster]) -> int:
    """The mean of the rounds at which the boosters were best, at least 1."""
    return max(1, round(float(np.mean([booster.best_iteration for booster in boosters]))))
