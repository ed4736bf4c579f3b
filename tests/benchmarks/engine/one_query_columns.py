"""Definitions as an analyst writes them in SQL: a filtered aggregate each."""

from src.features.definitions.derived import Difference, Mix, Ratio
from src.features.definitions.events import Periodic, Recency, Windowed
from src.features.definitions.state import Imputed, Profile, Questionnaire
from src.features.row_kernels import RETURN_BORDER

_AMOUNTS = {
    "net": ("amount_minor", "true"),
    "inflow": ("amount_minor", "amount_minor > 0"),
    "outflow": ("-amount_minor", "amount_minor < 0"),
    "turnover": ("abs(amount_minor)", "true"),
    "rows": ("1", "true"),
    "score": ("score", "score IS NOT NULL"),
}
_PROFILE = {
    "is_company": "(kind = 'company')::DOUBLE",
    "age_years": "(epoch_us({at}) - epoch_us(birth_date)) / 86400e6 / 365.25",
    "tenure_years": "(epoch_us({at}) - epoch_us(joined_on)) / 86400e6 / 365.25",
    "income_band": "income_band::DOUBLE",
    "dependants": "dependants::DOUBLE",
}
_DECLARED = {
    "level": "max(risk_level) FILTER (place = 1)::DOUBLE",
    "change": "(max(risk_level) FILTER (place = 1) - max(risk_level) FILTER (place = 2))::DOUBLE",
    "age_days": "(epoch_us({at}) - epoch_us(max(completed_at))) / 86400e6",
    "days_left": "(epoch_us(max(valid_until) FILTER (place = 1)) - epoch_us({at})) / 86400e6",
    "count": "count(*)::DOUBLE",
}


def condition(d: Windowed | Recency | Periodic) -> str:
    """Which rows count for the definition, windows aside."""
    parts = [_AMOUNTS[d.measure][1]]
    if d.only is not None:
        for column in ("kind", "channel", "category", "topic"):
            plural = "categories" if column == "category" else f"{column}s"
            if allowed := getattr(d.only, plural):
                parts.append(f"{column} IN ({', '.join(map(repr, allowed))})")
        if d.only.asset_classes:
            parts.append(f"asset_class IN ({', '.join(map(repr, d.only.asset_classes))})")
        if d.only.min_grade:
            parts.append(f"risk_grade >= {d.only.min_grade}")
        if d.only.max_grade:
            parts.append(f"risk_grade <= {d.only.max_grade}")
        if d.only.after == "fall":
            parts.append(f"product_return <= -{RETURN_BORDER}")
        if d.only.after == "rise":
            parts.append(f"product_return >= {RETURN_BORDER}")
    return " AND ".join(part for part in parts if part != "true") or "true"


def aggregate(d: Windowed | Recency, at: str) -> str:
    """The definition over movements or contacts before `at`."""
    amount, kept = _AMOUNTS[d.measure][0], condition(d)
    if isinstance(d, Recency):
        instant = "max" if d.which == "last" else "min"
        found = f"{instant}(occurred_at) FILTER ({kept})"
        return f"(epoch_us({at}) - epoch_us({found})) / 86400e6"
    kept = f"FILTER ({kept} AND occurred_at >= {at} - INTERVAL {d.days} DAY)"
    if d.how == "count":
        return f"count(*) {kept}::DOUBLE"
    scale = 1.0 if d.measure in ("rows", "score") else 100.0
    how = "avg" if d.how == "mean" else d.how
    return f"{how}({amount}) {kept} / {scale}"


def period_sum(d: Periodic) -> str:
    """The sum of one 30-day period."""
    return f"coalesce(sum({_AMOUNTS[d.measure][0]}) FILTER ({condition(d)}), 0)::BIGINT"


def period_figure(d: Periodic, value: str) -> str:
    """The definition over (period, value) rows; periods without movements have no row."""
    inside, n = f"FILTER (period < {d.periods})", d.periods
    scale = 1.0 if d.measure == "rows" else 100.0
    total, squares = f"sum({value}) {inside}", f"sum({value}::HUGEINT * {value}) {inside}"
    std = f"sqrt((({squares}) * {n} - ({total}) * ({total}))::DOUBLE) / {n}"
    return {
        "active": f"count(*) FILTER (period < {n} AND {value} <> 0)::DOUBLE",
        "slope": f"sum({value} * ({n - 1} - 2 * period)) {inside} "
        f"/ {2 * scale * n * (n * n - 1) / 12}",
        "peak": f"max(abs({value})) {inside} / nullif(sum(abs({value})) {inside}, 0)",
        "std": f"{std} / {scale}",
        "cv": f"{std} * {n} / nullif(abs({total}), 0)",
    }[d.how]


def person(d: Profile | Imputed, at: str) -> str:
    """The definition over the known version of a customer."""
    if isinstance(d, Imputed):
        return f"coalesce(list_contains(string_split(imputed, ','), '{d.column}'), false)::DOUBLE"
    return _PROFILE[d.field].format(at=at)


def declared(d: Questionnaire, at: str) -> str:
    """The definition over questionnaires, of which place 1 is the last."""
    return _DECLARED[d.how].format(at=at)


def derived(d: Ratio | Difference | Mix) -> str:
    """The definition over columns of the same row."""
    if isinstance(d, Ratio):
        return f"{d.numerator} / nullif({d.denominator}, 0) * {d.scale}"
    if isinstance(d, Difference):
        return f"{d.left} - {d.right}"
    parts = [f"greatest(coalesce({name}, 0), 0)" for name in d.parts]
    if d.how == "used":
        return " + ".join(f"({part} > 0)::DOUBLE" for part in parts)
    squares, total = " + ".join(f"{p} * {p}" for p in parts), " + ".join(parts)
    if d.how == "entropy":
        shares = [f"({part}) / nullif({total}, 0)" for part in parts]
        return "-(" + " + ".join(f"if({s} > 0, {s} * ln({s}), {s})" for s in shares) + ")"
    return f"({squares}) / nullif(({total}) * ({total}), 0)"


def is_zero_without_events(d: object) -> bool:
    """True for what is 0, not unknown, where there is no row to aggregate."""
    if isinstance(d, Windowed):
        return d.how in ("sum", "count")
    if isinstance(d, Periodic):
        return d.how in ("active", "std", "slope")
    return isinstance(d, Questionnaire) and d.how == "count"
