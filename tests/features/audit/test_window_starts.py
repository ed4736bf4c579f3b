"""Windows are tried at an instant of which nothing else in the ledger has the time of day."""

from datetime import datetime, timedelta

from src.core.schemas import TABLES
from src.features.audit import window_starts
from src.features.audit.hear import audit
from src.features.audit.quiet import quiet_instant
from src.features.audit.sample import uncut
from src.features.definitions.events import Windowed
from tests.support.features.definition_contract import spec_of
from tests.support.features.specs import FALLEN
from tests.support.ledgers.handmade import small_ledger

AS_OF = datetime(2024, 6, 1)
START = AS_OF - timedelta(days=30)
MICROSECOND = timedelta(microseconds=1)
SPEC = spec_of(Windowed(measure="turnover", how="sum", days=30, only=FALLEN))
[TRADES] = SPEC.names


def traded(at):
    trade = {"customer_id": "ada", "occurred_at": at, "kind": "buy", "quantity": 2.0}
    return trade | {"amount_minor": -200, "product_id": "FUND", "channel": "mobile"}


def subject(*moves, prices=()):
    tables = {
        "customers": [{"customer_id": "ada"}],
        "products": [{"product_id": "FUND", "asset_class": "bond_fund", "risk_grade": 2}],
        "prices": [{"product_id": "FUND", "date": at, "close": close} for at, close in prices],
        "transactions": moves,
    }
    return uncut(small_ledger(**tables), "traded", ["ada"], [AS_OF], AS_OF + timedelta(days=60))


def a_price_falls_on_the_start():
    """What is bought on the first instant of the window is not bought after the fall; what is
    bought a microsecond later is."""
    prices = [(START - timedelta(days=200), 10.0), (START, 5.0)]
    return subject(traded(START - timedelta(days=90)), prices=prices)


def test_a_price_told_on_a_windows_start_makes_no_feature_miss_it(monkeypatch):
    assert audit(SPEC, [a_price_falls_on_the_start]).outcomes(TRADES)["window"] == "clean"
    monkeypatch.setattr(window_starts, "quiet_instant", lambda subject: subject.cuts[-1])
    assert audit(SPEC, [a_price_falls_on_the_start]).outcomes(TRADES)["window"] == "misses"


def test_nothing_has_a_clock_within_two_microseconds_of_a_quiet_instants_time_of_day():
    early = [AS_OF - timedelta(days=days) + days * MICROSECOND for days in range(1, 9)]
    late = [AS_OF + timedelta(days=3) - 2 * MICROSECOND, AS_OF + 21 * MICROSECOND]
    busy = subject(*(traded(at) for at in (*early, *late)))
    instant = quiet_instant(busy)
    assert AS_OF < instant < AS_OF + timedelta(days=1)
    clocks = [
        value
        for name, table in TABLES.items()
        for row in busy.ledger.backend.con.table(f"sample_{name}").to_arrow_table().to_pylist()
        for value in (row[c.name] for c in table.columns if c.type == "time")
        if value is not None
    ]
    assert len(clocks) > 20
    day = timedelta(days=1)
    apart = [min((instant - at) % day, (at - instant) % day) for at in clocks]
    assert min(apart) > 2 * MICROSECOND
    assert instant == AS_OF + 11 * MICROSECOND
