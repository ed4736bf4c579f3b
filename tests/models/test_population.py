from pathlib import Path

import pandas as pd

from src.features.spec import load_catalogue
from src.models.population import population_of, profile_columns
from src.models.reference import Histogram

CATALOGUE = Path(__file__).parents[2] / "configs" / "features.yaml"


def test_who_a_customer_is_stands_in_columns_that_the_features_have():
    catalogue = load_catalogue(CATALOGUE)
    columns = profile_columns(catalogue)
    assert columns == ("age_years", "tenure_years", "income_band", "dependants")
    assert set(columns) <= set(catalogue.names)


def test_newcomers_and_leavers_are_told_apart_and_a_first_snapshot_has_no_change():
    rows = pd.DataFrame({"customer_id": ["a", "b", "c"], "age_years": [30.0, 40.0, None]})
    window = {"age_years": Histogram((35.0,), (1, 1), 1)}
    found = population_of(rows, pd.Series(["b", "d"]), 3.0, window)
    assert (found.newcomers, found.leavers, found.change) == (2, 1, 0.5)
    assert found.composition["age_years"].psi == 0
    assert population_of(rows, None, 3.0, window).change == 0
