"""A source of three files, as a mapping and as texts."""

from typing import Any

MAPPING: dict[str, Any] = {
    "description": "a small bank",
    "base_currency": "EUR",
    "origin": "Ask the bank.",
    "supports": ["value_tier", "churn"],
    "unsupported": {"risk_appetite": "no questionnaires"},
    "files": {
        "people": {
            "path": "people.csv",
            "columns": {"id": "string", "since": {"type": "date", "format": "%d.%m.%Y"}},
            "ignored": ["remark"],
        },
        "moves": {
            "path": "moves.csv",
            "delimiter": ";",
            "columns": {
                "no": "string",
                "person": "string",
                "moment": {"type": "time", "format": "%Y-%m-%d %H:%M:%S"},
                "what": "string",
                "amount": {"type": "decimal", "decimal": ","},
                "currency": "string",
            },
        },
        "rates": {
            "path": "rates.csv",
            "columns": {"currency": "string", "day": "date", "rate": "decimal"},
        },
    },
    "tables": {
        "customers": [
            {
                "file": "people",
                "columns": {
                    "customer_id": "id",
                    "kind": {"constant": "person"},
                    "joined_on": "since",
                    "known_at": "since",
                },
            }
        ],
        "fx_rates": [
            {
                "file": "rates",
                "columns": {
                    "currency": "currency",
                    "date": "day",
                    "rate": "rate",
                    "known_at": "day",
                },
            }
        ],
        "transactions": [
            {
                "file": "moves",
                "columns": {
                    "transaction_id": "no",
                    "customer_id": "person",
                    "occurred_at": "moment",
                    "kind": {"from": "what", "values": {"IN": "deposit", "OUT": "withdrawal"}},
                    "amount_minor": {
                        "money": {"amount": "amount", "currency": "currency", "at": "moment"}
                    },
                    "currency": "currency",
                    "known_at": "moment",
                },
                "reject": {"zero_amount": "amount = 0"},
            }
        ],
    },
}
# products that become known with their deliveries
SHELF_FILE: dict[str, Any] = {
    "path": "shelf_*.csv",
    "delivered": "%Y%m%d",
    "expected_rows": {"at_least": 0},
    "columns": {"code": "string"},
}
SHELF: dict[str, Any] = {
    "file": "shelf",
    "columns": {
        "product_id": "code",
        "asset_class": {"constant": "equity"},
        "currency": {"constant": "EUR"},
        "known_at": {"expression": "_delivered - INTERVAL 1 DAY"},
    },
}
PEOPLE = "id,since,remark\nA,01.02.2020,\nB,15.03.2020,x\n"
MOVES = (
    "no;person;moment;what;amount;currency\n"
    "1;A;2021-01-01 00:00:00;IN;100,25;EUR\n"
    "2;A;2021-01-05 10:00:00;OUT;-10,125;USD\n"
)
RATES = "currency,day,rate\nUSD,2021-01-02,0.8\nUSD,2021-01-05,0.9\n"
