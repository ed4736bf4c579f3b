"""What a raw column's name tells about it, in English and Chinese: the ledger column that it may
feed, the direct identifier that it may hold, the unit that it may be in."""

import re

# Earlier entries win; each is searched in the lower-case name.
_LEDGER = (
    (r"birth|\bdob\b|^born|生日|出生", "customers.birth_date"),
    (r"gender|\bsex\b|性别", "customers.gender"),
    (r"occupation|profession|职业", "customers.occupation"),
    (r"industry|行业", "customers.industry"),
    (r"marital|婚姻", "customers.marital_status"),
    (r"province|region|city|省|地区", "customers.region"),
    (r"opened|joined|since|开户", "customers.joined_on"),
    (r"risk|风险", "questionnaires.risk_level"),
    (r"currency|ccy|\bcurr|币种", "transactions.currency"),
    (r"balance|余额|\baum", "balances.amount_minor"),
    (r"amount|\bamt|金额|gross|turnover", "transactions.amount_minor"),
    (r"quantity|\bqty|units|shares|份额|数量", "transactions.quantity"),
    (r"price|\bnav\b|close|净值|价格", "prices.close"),
    (r"channel|\bvia\b|渠道", "transactions.channel"),
    (r"category|mcc|purpose|用途", "transactions.category"),
    (r"counterparty|cpty|payee|对方", "transactions.counterparty"),
    (r"product|isin|\bfund|security|产品", "transactions.product_id"),
    (r"client|cust|客户", "customers.customer_id"),
    (r"acct|account|账号|账户|卡号", "transactions.account_id"),
    (r"label|target|churn", "labels.label"),
    (r"date|time|day|日期|时间", "transactions.occurred_at"),
)
_PRIVATE = (
    (r"phone|mobile|\btel\b|cell|电话|手机", "phone"),
    (r"e_?mail|邮箱", "email"),
    (r"addr|street|地址|住址", "address"),
    (
        r"id_?(card|number|num)\b|(^|_)(id|cert|certificate)_?no$|ssn|passport|national_id|证件|身份证",
        "id_number",
    ),
    (r"acct|account(?!_?type)|iban|card_?(no|num)|账号|账户|卡号", "account"),
    (r"^(cust|client|customer|cl)_?(no|id|num|number|key|code)?$|客户号|客户编号", "record"),
    (r"(^|_)(full|first|last|family|given|sur|cust|customer|client)?_?name$|姓名|户名", "name"),
    (r"^(notes?|remarks?|comments?|text|memo)$|备注", "text"),
)
_UNITS = (
    (r"fen$|cents?$|minor|分$", "0.01"),
    (r"wan$|10k|万", "10000"),
    (r"thousands?$|_k$|千", "1000"),
    (r"million|_mn?$|百万", "1000000"),
)


def ledger_column(name: str) -> str | None:
    """The ledger column, as table.column, that a raw column of this name may feed.

    >>> ledger_column("TXN_AMT"), ledger_column("xyz")
    ('transactions.amount_minor', None)
    """
    return _first(_LEDGER, name)


def private_kind(name: str) -> str | None:
    """The direct identifier that a raw column of this name may hold."""
    return _first(_PRIVATE, name)


def money_unit(name: str) -> str | None:
    """The unit that the name of an amount tells, as `money.unit` has it."""
    return _first(_UNITS, name)


def _first(known: tuple[tuple[str, str], ...], name: str) -> str | None:
    text = name.lower()
    spaced = text.replace("_", " ")
    for pattern, meaning in known:
        if re.search(pattern, text) or re.search(pattern, spaced):
            return meaning
    return None
