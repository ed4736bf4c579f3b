from src.sources.linkage.blocking import make_blocks
from src.sources.linkage.normalise import normalise
from src.sources.linkage.resolve import resolve
from tests.sources.linkage.conftest import customers, tell


def shop(count):
    return [
        {
            "record": f"crm:{i:02d}",
            "name": f"{'abcdefghij'[i]}{'klmnopqrst'[i]}xx",
            "phone": "13612349876",
        }
        for i in range(count)
    ]


def test_a_block_keeps_the_versions_that_were_known_first(connection, model):
    tell(connection, *shop(8))
    normalise(connection)
    make_blocks(connection, model.model_copy(update={"largest_block": 3}))
    blocked = "SELECT record FROM linkage_blocked WHERE block_phone IS NOT NULL ORDER BY record"
    assert connection.execute(blocked).fetchall() == [("crm:00",), ("crm:01",), ("crm:02",)]


def test_what_a_cap_leaves_out_is_counted(connection, model):
    tell(connection, *shop(8))
    resolve(connection, model.model_copy(update={"largest_block": 3}))
    counts = connection.execute("FROM identity_blocking WHERE rule = 'phone'").fetchall()
    assert counts == [("phone", 1, 8, 8, 1, 5)]


def test_a_cap_changes_nothing_for_those_known_before_it_was_reached(connection, model):
    capped = model.model_copy(update={"largest_block": 2})
    pair = [
        {
            "record": f"{system}:1",
            "name": "李雷",
            "phone": "13612349876",
            "birth_date": "1980-01-02",
        }
        for system in ("crm", "core")
    ]
    tell(connection, *pair)
    resolve(connection, capped)
    before = customers(connection)
    tell(connection, *pair, *shop(8))
    resolve(connection, capped)
    assert before.items() <= customers(connection).items()


def test_a_missing_key_is_shared_with_nobody(connection, model):
    tell(connection, {"record": "crm:1", "name": "李雷"}, {"record": "core:1", "name": "Li Lei"})
    resolve(connection, model)
    assert customers(connection) == {"crm:1": "crm:1", "core:1": "core:1"}
