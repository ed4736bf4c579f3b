"""Damage to a sound bank that each gate is there for."""

from collections.abc import Callable
from datetime import timedelta

from tests.support.quality.ledger_folders import World
from tests.support.quality.sound_bank import DAY, MONTHS, core


def late(world: World):
    return [row for row in world.rows["transactions"] if row["occurred_at"] >= MONTHS[1]]


def lose_regions(world: World) -> None:
    for row in world.rows["customers"][:20]:
        row["region"] = None


def lose_accounts_of_the_latest(world: World) -> None:
    for row in late(world)[:200]:
        row["account_id"] = None


def reject_many(world: World) -> None:
    for line in range(60):
        world.reject("transactions", core(2), 900 + line, "movement_after_delivery")


def spoil_a_column(world: World) -> None:
    for line in range(12):
        world.reject("transactions", core(1), 900 + line, "unreadable_amount")


def cut_lines(world: World) -> None:
    world.files[1] |= {"malformed": 12}
    for line in range(12):
        world.reject("", core(1), 900 + line, "malformed_line")


def repeat_a_key(world: World) -> None:
    row = world.rows["transactions"][7]
    world.add("transactions", {**row, "known_at": row["known_at"] + DAY}, (core(0), 999))


def copy_the_last_delivery(world: World) -> None:
    world.files[2] |= {"copy_of": core(1)}


def lose_customers(world: World) -> None:
    for line in range(40):
        world.reject("transactions", core(2), 900 + line, "orphan_customer")


def orphan_movements(world: World) -> None:
    for row in world.rows["transactions"][:40]:
        row["customer_id"] = "nobody"


def cut_off_a_file(world: World) -> None:
    world.files[1]["rows"] = 360


def lose_movements(world: World) -> None:
    gone = {i for i in range(1200) if world.rows["transactions"][i]["occurred_at"].day == 3}
    for part in (world.rows, world.lines):
        part["transactions"] = [x for i, x in enumerate(part["transactions"]) if i not in gone]


def lose_prices(world: World) -> None:
    world.rows["prices"].clear()
    world.lines["prices"].clear()


def use_an_unrated_currency(world: World) -> None:
    world.rows["transactions"][3]["currency"] = "USD"


def empty_the_last_delivery(world: World) -> None:
    world.files[2] |= {"rows": 0, "expected_rows": 0}


def shrink_the_last_delivery(world: World) -> None:
    world.files[2] |= {"rows": 100, "expected_rows": 100}


def know_late(world: World) -> None:
    for row in world.rows["transactions"][:70]:
        row["known_at"] = row["occurred_at"] + timedelta(days=50)


def stay_away(world: World) -> None:
    for number, day in enumerate((70, 60, 55)):
        arrived = (MONTHS[2] - day * DAY).isoformat()
        world.files.append({"name": "w", "file": f"w{number}", "rows": 9, "delivered": arrived})


def change_the_unit(world: World) -> None:
    for row in late(world):
        row["amount_minor"] *= 100


def forget_the_channel(world: World) -> None:
    for row in late(world)[::2]:
        row["channel"] = None


DAMAGE: list[tuple[Callable[[World], None], str, str, str]] = [
    (lose_regions, "min_completeness", "customers.region", "all"),
    (lose_accounts_of_the_latest, "min_completeness", "transactions.account_id", "latest"),
    (reject_many, "max_quarantine_share", "transactions", "latest"),
    (spoil_a_column, "max_unreadable_share", core(1), "all"),
    (cut_lines, "max_unreadable_share", core(1), "all"),
    (repeat_a_key, "max_repeated_keys", "transactions", "all"),
    (copy_the_last_delivery, "max_copied_deliveries", core(2), "all"),
    (lose_customers, "max_orphan_share", "transactions", "latest"),
    (orphan_movements, "max_orphan_share", "transactions.customer_id", "all"),
    (cut_off_a_file, "max_missing_control_share", "all files", "all"),
    (lose_movements, "min_reconciled_share", "balances (money)", "all"),
    (lose_prices, "min_priced_share", "prices", "all"),
    (use_an_unrated_currency, "min_rated_share", "fx_rates", "all"),
    (empty_the_last_delivery, "min_rows_per_delivery", core(2), "all"),
    (shrink_the_last_delivery, "min_rows_ratio", core(2), "all"),
    (know_late, "max_late_share", "transactions (test)", "all"),
    (stay_away, "max_days_overdue", "w2", "all"),
    (
        change_the_unit,
        "max_drift",
        "transactions.amount_minor (core/transactions_*.parquet)",
        "latest",
    ),
    (
        forget_the_channel,
        "max_null_drift",
        "transactions.channel (core/transactions_*.parquet)",
        "latest",
    ),
]
