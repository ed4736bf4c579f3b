"""What the report on labels says in words: the targets, and why a row has no label."""

from collections.abc import Mapping

from src.core.taxonomy import Taxonomy, Wording
from src.reports.document.page import both

SEGMENT_NAMES: Mapping[str, Wording] = {
    "kind": both("Kind of customer", "客户类型"),
    "age": both("Age, years", "年龄(岁)"),
    "tenure": both("Tenure, years", "开户年限(年)"),
    "tier": both("Tier at the snapshot", "快照时的资产层级"),
}
VALUE_NAMES: Mapping[str, Wording] = {
    "person": both("Persons", "个人"),
    "company": both("Companies", "企业"),
    "unknown": both("Not known then", "当时未知"),
}
REASON_TEXTS: Mapping[str, Wording] = {
    "not_delivered": both("The source delivers no label of the row", "数据来源未提供该行标签"),
    "delivered_for_another_horizon": both(
        "The source's labels are of another horizon", "数据来源的标签属于另一预测期"
    ),
    "told_before_the_window_ended": both(
        "Delivered label known before its window was over", "标签在窗口结束前已知"
    ),
    "assets_not_known": both(
        "Not eligible: assets not fully known at the snapshot", "不适用:快照时资产未能完整确定"
    ),
    "assets_below_minimum": both(
        "Not eligible: assets below the minimum", "不适用:资产低于最低要求"
    ),
    "inactive_before": both(
        "Not eligible: started no movement in the days before", "不适用:此前一段时间无主动交易"
    ),
    "beyond_data_end": both(
        "Window not fully observed: the data end first", "窗口未完整观察:数据先结束"
    ),
    "beyond_customer_end": both(
        "Window not fully observed: the customer's record ends first",
        "窗口未完整观察:客户记录先结束",
    ),
    "no_questionnaire": both(
        "No declared questionnaire within the horizon", "预测期内没有申报的风险测评"
    ),
    "assets_incomplete_at_start": both(
        "Assets at the snapshot can't all be valued, with hindsight", "事后看快照时资产未能全部估值"
    ),
    "assets_incomplete_at_end": both(
        "Assets at the horizon's end can't all be valued", "预测期末资产未能全部估值"
    ),
}


def target(task: str, taxonomy: Taxonomy, days: int) -> Wording:
    """The task's target at one horizon, as the policy defines it.

    Raises ValueError for a task that has no text here.
    """
    if task == "risk_appetite":
        return both(
            f"The class of the next declared questionnaire within {days} days. Classes that the "
            "bank inferred are never a label.",
            f"{days} 天内下一次申报的风险测评所属类别。银行推断的类别从不作为标签。",
        )
    if task == "value_tier":
        return both(
            f"The tier of customer asset size {days} days later.",
            f"{days} 天后客户资产规模的层级。",
        )
    if task != "churn":
        known = "risk_appetite, value_tier, churn"
        raise ValueError(
            f"task {task!r} has no text of its target; expected one of {known}. Add it to target "
            "in src/reports/labels/texts.py."
        )
    policy = taxonomy.churn
    share, silence = f"{policy.asset_loss_share:.0%}", policy.silence_days(days)
    quiet = f" and nothing started by the customer in the last {silence} days of them"
    quiet_zh = f",且最后 {silence} 天内无客户主动交易"
    return both(
        f"Assets fallen by {share} or more within {days} days{quiet if silence else ''}; of "
        f"customers with at least {policy.minimum_assets_units:,.0f} units who started a movement "
        f"in the {policy.active_days} days before.",
        f"{days} 天内资产下降 {share} 及以上{quiet_zh if silence else ''};"
        f"适用于资产不低于 {policy.minimum_assets_units:,.0f} "
        f"且此前 {policy.active_days} 天内有主动交易的客户。",
    )
