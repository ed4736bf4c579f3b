"""A spec with every kind of definition, for the oracle and the contracts."""

from src.core.taxonomy import Wording
from src.features.definitions.conditions import Filter
from src.features.definitions.derived import Above, Difference, Mix, Ratio, Stage, StageClass
from src.features.definitions.events import Periodic, Recency, Windowed
from src.features.definitions.kinds import Definition
from src.features.definitions.market import Market, Position, Trades
from src.features.definitions.recent import DailyCash, Recurring, Rhythm, Timing, Variety
from src.features.definitions.state import (
    BalancePath,
    Coded,
    Holding,
    Imputed,
    Profile,
    Questionnaire,
)
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
    Holding(how="grade_before", days=90),
    *(
        Recurring(direction=direction, amounts=amounts, how=how, periods=4)
        for direction, amounts in (("inflow", "similar"), ("outflow", "equal"))
        for how in ("streams", "mean", "share", "days_since_last")
    ),
    *(
        Variety(column=column, how=how, direction=direction, days=180)
        for column, direction in (("category", "inflow"), ("counterparty", "outflow"))
        for how in ("distinct", "entropy", "top_share")
    ),
    Variety(column="kind", how="entropy", direction="outflow", days=90),
    *(Rhythm(how=how, days=days) for how in ("active", "quiet", "gap_cv") for days in (30, 180)),
    Timing(direction="inflow", days=180, only=SALARY),
    Timing(direction="outflow", days=90),
    *(
        DailyCash(how=how, days=days)
        for how in ("mean", "minimum", "low", "negative", "spread", "drawdown")
        for days in (30, 90)
    ),
    *(Market(how=how, days=90) for how in ("return", "volatility", "currency_return")),
    Market(how="return", days=30, only=BONDS),
    *(Position(how=how) for how in ("foreign_share", "days_held", "gain", "losing_share")),
    *(
        Trades(how=how, days=days)
        for how in ("gain_share", "days_to_sale", "new_products", "new_classes", "grade_step")
        for days in (90, 365)
    ),
    Trades(how="days_since_new_class"),
    Coded(column="industry", of="trade", values=("retail", "wholesale")),
    Imputed(column="birth_date"),
    *(Questionnaire(how=how) for how in ("level", "change", "age_days", "days_left", "count")),
    Ratio(numerator="net_sum_30d", denominator="net_sum_90d", scale=3.0),
    Difference(left="net_sum_30d", right="salary_inflow_sum_30d"),
    Mix(of="flow", how="herfindahl", parts=("salary_inflow_sum_30d", "net_sum_90d")),
    Mix(of="flow", how="used", parts=("salary_inflow_sum_30d", "net_sum_90d")),
    Mix(of="flow", how="entropy", parts=("salary_inflow_sum_30d", "net_sum_90d")),
    Ratio(numerator="flow_mix_used", denominator="holding_value"),
    Above(
        of="movements",
        level="questionnaire_level",
        parts={2: "movements_count_30d", 5: "movements_count_90d"},
    ),
    Stage(
        of="money",
        classes=(
            StageClass(code=1, when={"movements_count_90d": (None, 1)}),
            StageClass(code=2, when={"holding_value": (0, 500), "movements_count_90d": (1, None)}),
            StageClass(code=3, when={"holding_value": (500, None)}),
        ),
    ),
)
SPEC = FeatureSpec([feature(definition) for definition in DEFINITIONS])
