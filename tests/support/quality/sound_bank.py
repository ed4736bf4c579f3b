"""A bank in which nothing is wrong, for tests to plant faults in."""

from datetime import datetime, timedelta

from tests.support.quality.ledger_folders import World

START = datetime(2024, 1, 1)
DAY = timedelta(days=1)
MONTHS = (datetime(2024, 2, 1), datetime(2024, 3, 1), datetime(2024, 4, 1))


def core(month: int) -> str:
    """The file of transactions of one month, counted from 0."""
    return f"core/transactions_{MONTHS[month]:%Y%m%d}.parquet"


def sound_bank(customers: int = 40, per_month: int = 10) -> World:
    """A bank of three monthly deliveries in which nothing is wrong: each customer has one account,
    `per_month` movements a month, a statement at each month's end, and a share of one fund."""
    world = World()
    for month, arrived in enumerate(MONTHS):
        rows = customers * per_month
        world.files.append(
            {"file": core(month), "rows": rows, "delivered": arrived.isoformat()}
            | {"expected_rows": rows}
        )
    world.files += [{"file": "crm.csv", "rows": customers, "delivered": None}]
    _add_market(world)
    for number in range(customers):
        _add_customer(world, number, per_month)
    return world


def _add_market(world: World) -> None:
    world.files += [
        {"file": name, "rows": rows, "delivered": None}
        for name, rows in (("products.csv", 1), ("prices.csv", 3), ("rates.csv", 1))
    ]
    product = {"product_id": "FUND", "asset_class": "bond_fund", "risk_grade": 2}
    world.add(
        "products", {**product, "currency": "CNY", "known_at": START - DAY}, ("products.csv", 2)
    )
    for line, day in enumerate((START, *MONTHS[:2])):
        price = {"product_id": "FUND", "date": day, "close": 1.0 + line}
        world.add("prices", {**price, "known_at": day}, ("prices.csv", line + 2))
    rate = {"currency": "CNY", "date": START - DAY, "rate": 1.0, "known_at": START - DAY}
    world.add("fx_rates", rate, ("rates.csv", 2))


def _add_customer(world: World, number: int, per_month: int) -> None:
    name = f"K{number:04d}"
    company = number % 10 == 0
    world.add(
        "customers",
        {
            "customer_id": name,
            "kind": "company" if company else "person",
            "birth_date": datetime(1980, 1, 1),
            "gender": None if company else "female",
            "region": "Zhejiang",
            "occupation": None if company else "teacher",
            "industry": "trade" if company else None,
            "marital_status": None if company else "single",
            "dependants": None if company else 0,
            "income_band": None if company else 2,
            "joined_on": START - DAY,
            "known_at": START - DAY,
        },
        ("crm.csv", number + 2),
    )
    money, units = 0, 0.0
    for month, arrived in enumerate(MONTHS):
        first = START if month == 0 else MONTHS[month - 1]
        for step in range(per_month):
            line = number * per_month + step + 1
            at = first + timedelta(days=step, hours=number % 20)
            buys = step == 1
            moved = {"kind": "buy", "product_id": "FUND", "quantity": 1.5} if buys else {}
            amount = 100 * (step + 1) + number
            money, units = money + amount, units + (1.5 if buys else 0)
            world.add(
                "transactions",
                {
                    "transaction_id": f"T{month}-{line}",
                    "customer_id": name,
                    "account_id": f"A{number}",
                    "occurred_at": at,
                    "kind": "deposit",
                    "amount_minor": amount,
                    "currency": "CNY",
                    "channel": ("mobile", "branch")[step % 2],
                    "known_at": at + timedelta(hours=2),
                    **moved,
                },
                (core(month), line),
            )
        stated = {"customer_id": name, "account_id": f"A{number}", "as_of": arrived}
        stated["known_at"] = arrived
        place = ("statements.csv", 2 * (number * len(MONTHS) + month) + 2)
        world.add("balances", {**stated, "asset_class": "cash", "amount_minor": money}, place)
        held = {**stated, "product_id": "FUND", "quantity": units}
        world.add("balances", held, (place[0], place[1] + 1))
    if number == 0:
        world.files.append({"file": "statements.csv", "rows": 0, "delivered": None})
    world.files[-1]["rows"] += 2 * len(MONTHS)
