"""A spec with every kind of definition, for the oracle and the contracts."""

from src.core.taxonomy import Wording
from src.features.definitions.conditions import Filter
from src.features.definitions.derived import Difference, Mix, Ratio
from src.features.definitions.events import Periodic, Recency, Windowed
from src.features.definitions.kinds import Definition
from src.features.definitions.state import BalancePath, Holding, Imputed, Profile, Questionnaire
from src.features.spec import Feature, FeatureSpec

SALARY = Filter(name="salary", categories=("salary",))
OWN = Filter(name="own", channels=("mobile", "branch"))
RISKY = Filter(name="risky", kinds=("buy", "sell"), min_grade=3)
FALLEN = Filter(name="fallen", kinds=("buy", "sell"), after="fall")
COMPLAINT = Filter(name="complaint", kinds=("complaint",))
BONDS = Filter(name="bonds", asset_classes=("bond_fund",))


def feature(definition: Definition) -> Feature:
    """A feature of which only the definition matters."""
    return Feature(
        definition=definition, group="test", unit="count", wording=Wording(zh="测试", en="test")
    )


DEFINITIONS: tuple[Definition, ...] = (
    *(
        Windowed(measure=measure, how=how, days=days, only=only)
        for measure, how, only in (
            ("net", "sum", None),
            ("inflow", "sum", SALARY),
            ("outflow", "count", OWN),
            ("inflow", "max", None),
            ("outflow", "mean", None),
            ("rows", "count", None),
            ("turnover", "sum", RISKY),
            ("turnover", "sum", FALLEN),
        )
        for days in (30, 90, 365)
    ),
    Windowed(table="interactions", measure="rows", how="count", days=90, only=COMPLAINT),
    Windowed(table="interactions", measure="score", how="mean", days=365),
    Recency(which="last"),
    Recency(which="first"),
    Recency(which="last", only=SALARY, measure="inflow"),
    Recency(table="interactions", only=COMPLAINT),
    *(
        Periodic(measure="net", how=how, periods=6)
        for how in ("std", "cv", "active", "slope", "peak")
    ),
    Periodic(measure="inflow", how="active", periods=12, only=SALARY),
    *(BalancePath(how=how, periods=6) for how in ("slope", "drawdown", "minimum", "low", "ratio")),
    BalancePath(how="slope", periods=3),
    *(
        Holding(how=how)
        for how in ("value", "products", "grade", "herfindahl", "class_herfindahl", "complete")
    ),
    Holding(how="value_before", days=90),
    Holding(how="value_before", days=30, only=BONDS),
    Holding(how="share", only=BONDS),
    *(Profile(field=name) for name in ("is_company", "age_years", "tenure_years", "dependants")),
    Imputed(column="birth_date"),
    *(Questionnaire(how=how) for how in ("level", "change", "age_days", "days_left", "count")),
    Ratio(numerator="net_sum_30d", denominator="net_sum_90d", scale=3.0),
    Difference(left="net_sum_30d", right="salary_inflow_sum_30d"),
    Mix(of="flow", how="herfindahl", parts=("salary_inflow_sum_30d", "net_sum_90d")),
    Mix(of="flow", how="used", parts=("salary_inflow_sum_30d", "net_sum_90d")),
    Ratio(numerator="flow_mix_used", denominator="holding_value"),
)
SPEC = FeatureSpec([feature(definition) for definition in DEFINITIONS])
