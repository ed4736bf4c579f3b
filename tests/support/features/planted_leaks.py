"""Leaks planted into the engine for one test."""

import sys
from collections.abc import Callable
from functools import cache
from typing import Any

from src.core.engine import EngineParams
from src.core.taxonomy import Wording
from src.features.audit.built import built_subject
from src.features.audit.hear import audit
from src.features.definitions.derived import Ratio
from src.features.definitions.events import Periodic, Recency, Windowed
from src.features.definitions.state import BalancePath, Holding, Profile, Questionnaire
from src.features.spec import Feature, FeatureSpec
from tests.support.features.specs import COMPLAINT, FALLEN, RISKY, SALARY

MOVEMENTS = {"movements_count_30d", "salary_inflow_sum_90d", "net_sum_90d"}
EVENTS = MOVEMENTS | {
    "risky_turnover_sum_365d",
    "fallen_turnover_sum_90d",
    "net_sum_90d_to_salary_inflow_sum_90d",
    "complaint_contacts_days_since_last",
    "net_slope_3p",
}
HELD = {"holding_value", "holding_grade", "cash_slope_3p"}
DECLARED = {"questionnaire_level"}
PROFILE = {"dependants"}
ALL = EVENTS | HELD | DECLARED | PROFILE
DEFINITIONS = (
    Windowed(measure="rows", how="count", days=30),
    Windowed(measure="inflow", how="sum", days=90, only=SALARY),
    Windowed(measure="net", how="sum", days=90),
    Windowed(measure="turnover", how="sum", days=365, only=RISKY),
    Windowed(measure="turnover", how="sum", days=90, only=FALLEN),
    Ratio(numerator="net_sum_90d", denominator="salary_inflow_sum_90d"),
    Recency(table="interactions", only=COMPLAINT),
    Periodic(measure="net", how="slope", periods=3),
    Holding(how="value"),
    Holding(how="grade"),
    BalancePath(how="slope", periods=3),
    Questionnaire(how="level"),
    Profile(field="dependants"),
)


def small_spec(name: str) -> FeatureSpec:
    """A few features of every kind. The name makes it a spec that nothing is compiled for yet."""
    wording = Wording(zh="测试", en=name)
    return FeatureSpec(
        [Feature(definition=d, group="test", unit="count", wording=wording) for d in DEFINITIONS]
    )


def audited(name: str, features=None):
    """The audit of some features of `small_spec(name)` on the ledger built for them."""
    spec = small_spec(name).select(sorted(features or ALL))
    return audit(spec, [lambda: built_subject(spec, EngineParams(threads=1))])


@cache
def sound_audit():
    """The audit without any leak planted."""
    return audited("nothing planted")


def plant(monkeypatch: Any, original: Callable[..., Any], leaky: Callable[..., Any]) -> None:
    """Let every module of src.features use `leaky` in the place of `original`."""
    places = [
        (module, name)
        for path, module in list(sys.modules.items())
        if path.startswith("src.features") and not path.startswith("src.features.audit")
        for name, value in list(vars(module).items())
        if value is original
    ]
    assert places, f"nothing in src.features uses {original}"
    for module, name in places:
        monkeypatch.setattr(module, name, leaky)
