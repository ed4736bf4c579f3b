import json
import random
from datetime import date

import pytest

from src.sources.linkage.resolve import resolve
from tests.sources.linkage.conftest import copied, customers, tell
from tests.sources.linkage.population import resident_number
from tests.sources.linkage.score import PRECISION, RECALL, score

LI = {
    "name": "李小雷",
    "phone": "13612349876",
    "birth_date": "1980-01-22",
    "address": "北京市建国路88号5栋1203室",
}
HOUSEHOLD = {"phone": "13612349876", "address": "北京市建国路88号5栋1203室"}


ACCOUNT, ANOTHER = "6217000012344821", "6217000012347036"
CALLER = {"record": "contact:5", "name": "李小雷", "phone": "13987001122"}


def resolved(connection, model, *rows):
    tell(connection, *rows)
    resolve(connection, model)
    return customers(connection)


def together(found):
    return len(set(found.values())) == 1


def number(born, seed=1):
    return resident_number(random.Random(seed), born)


def test_records_of_one_person_in_other_writings_are_one_customer(connection, model):
    found = resolved(
        connection,
        model,
        {"record": "crm:1"} | LI,
        {
            "record": "core:7",
            "name": "LI XIAOLEI",
            "phone": "+86 136-1234-9876",
            "birth_date": "1980-01-22",
        },
        {
            "record": "brokerage:3",
            "name": "Xiaolei Li",
            "birth_date": "1980-01-22",
            "address": "北京建国路88号5-1203",
        },
    )
    assert set(found.values()) == {"crm:1"}


@pytest.mark.parametrize(
    "other",
    [
        {"name": "王芳", "birth_date": "1982-11-03"} | HOUSEHOLD,
        {"name": "王芳"} | HOUSEHOLD,
        {"name": "李大雷", "birth_date": "1955-06-30"} | HOUSEHOLD,
        {"name": "李小梅"} | HOUSEHOLD,
        {"name": "李小雷"},
        {"name": "李小雷", "phone": "13987001122"},
        LI | {"name": "李小雨", "phone": "13987001122"},
        {"kind": "company"} | LI,
    ],
    ids=[
        "wife",
        "wife of unknown age",
        "father",
        "sister",
        "name alone",
        "namesake",
        "twin",
        "company",
    ],
)
def test_others_stay_apart(connection, model, other):
    found = resolved(connection, model, {"record": "crm:1"} | LI, {"record": "core:2"} | other)
    assert not together(found)


def test_a_caller_with_an_unknown_phone_is_found_by_name_and_account(connection, model):
    client = {"record": "core:1"} | LI
    opened = {"record": "core:1", "account": ACCOUNT}
    assert not together(resolved(connection, model, client, opened, CALLER))
    caller = CALLER | {"account": "4821"}
    assert together(resolved(connection, model, client, opened, caller))
    (text,) = connection.execute("SELECT evidence FROM identity_links").fetchall()[0]
    evidence = json.loads(text)
    assert evidence["key"] == "name_account"
    assert evidence["account"]["level"] == "same"
    assert "4821" not in text


def test_an_account_links_from_the_day_on_which_it_is_known(connection, model):
    rows = [
        {"record": "core:1", "account": ACCOUNT} | LI,
        CALLER | {"account": ANOTHER[-4:], "known_at": "2024-02-01"},
        {"record": "core:1", "account": ANOTHER, "known_at": "2024-03-01"},
    ]
    assert together(resolved(connection, model, *rows))
    (at,) = connection.execute("SELECT known_at::VARCHAR FROM identity_links").fetchall()[0]
    assert at == "2024-03-01 00:00:00"


@pytest.mark.parametrize(
    "caller",
    [
        {"name": "王芳"},
        {"name": "王芳"} | HOUSEHOLD,
        {"name": "李小梅"},
        {"name": "李小雨"} | HOUSEHOLD,
        {"name": "李小雷", "account": "7036"},
        {"kind": "company"},
    ],
    ids=["wife", "wife by his phone", "sister", "twin", "namesake", "company"],
)
def test_an_account_joins_nobody_of_another_name(connection, model, caller):
    client = {"record": "core:1", "account": ACCOUNT} | LI
    caller = CALLER | {"account": "4821"} | caller
    assert not together(resolved(connection, model, client, caller))


def test_an_account_of_an_unknown_record_makes_no_record(connection, model):
    rows = [{"record": "core:1"} | LI, {"record": "core:9", "account": ACCOUNT}]
    assert set(resolved(connection, model, *rows)) == {"core:1"}


@pytest.mark.parametrize(
    "phone",
    ["13612349870", "13621349876", "13162349876"],
    ids=["last digit", "neighbours turned round", "near the start"],
)
def test_a_slip_in_a_phone_does_not_part_a_person(connection, model, phone):
    rows = [{"record": "crm:1"} | LI, {"record": "contact:5", "name": "Li Xiaolei", "phone": phone}]
    assert together(resolved(connection, model, *rows))


def test_a_phone_one_digit_off_joins_nobody_of_another_name(connection, model):
    rows = [{"record": "crm:1"} | LI, {"record": "contact:5", "name": "王芳"}]
    rows[1]["phone"] = "13612349870"
    assert not together(resolved(connection, model, *rows))


def test_twins_stay_apart_by_their_identity_numbers(connection, model):
    born = date(1980, 1, 22)
    twins = [
        LI | {"id_number": number(born, 1)},
        LI | {"name": "李小雨", "id_number": number(born, 2)},
    ]
    rows = [{"record": f"crm:{i}"} | twin for i, twin in enumerate(twins)]
    assert not together(resolved(connection, model, *rows))


def test_a_third_record_does_not_join_two_identity_numbers(connection, model):
    born = date(1980, 1, 22)
    rows = [
        {"record": "crm:1"} | LI | {"id_number": number(born, 1)},
        {"record": "core:2"} | LI | {"id_number": number(born, 2)},
        {"record": "contact:3"} | LI,
    ]
    found = resolved(connection, model, *rows)
    assert found["crm:1"] != found["core:2"]
    assert found["contact:3"] == "crm:1"
    refused = connection.execute(
        "SELECT left_record, right_record, reason FROM identity_refusals"
    ).fetchall()
    assert set(refused) == {
        ("contact:3", "core:2", "two_valid_id_numbers"),
        ("core:2", "crm:1", "two_valid_id_numbers"),
    }


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ({"birth_date": "1980-01-22"}, {"birth_date": "1955-06-30"}, "two_births"),
        ({"kind": "person"}, {"kind": "company"}, "person_and_company"),
    ],
)
def test_what_contradicts_itself_is_refused_and_told_with_its_evidence(
    connection, model, one, other, reason
):
    told = {"name": LI["name"], "phone": LI["phone"]}
    between = told | {"record": "contact:3", "kind": None}
    rows = [{"record": "crm:1"} | told | one, {"record": "core:2"} | told | other, between]
    found = resolved(connection, model, *rows)
    assert found["crm:1"] != found["core:2"]
    refused = connection.execute("SELECT reason, evidence FROM identity_refusals").fetchall()
    assert {row[0] for row in refused} == {reason}
    assert all(json.loads(text)["phone"]["level"] == "same" for _, text in refused)


def test_a_mistyped_identity_number_does_not_part_a_person(connection, model):
    right = number(date(1980, 1, 22))
    wrong = right[:12] + str((int(right[12]) + 1) % 10) + right[13:]
    rows = [
        {"record": "crm:1", "id_number": right} | LI,
        {"record": "core:2", "id_number": wrong} | LI,
    ]
    assert together(resolved(connection, model, *rows))


def test_a_slip_in_a_name_does_not_part_a_person(connection, model):
    rows = [{"record": "crm:1"} | LI, {"record": "core:2"} | LI | {"name": "李小雪"}]
    assert together(resolved(connection, model, *rows))


def test_links_come_from_any_pair_of_versions(connection, model):
    moved = {"phone": "13987001122", "address": "上海市人民路1号2栋303室", "birth_date": None}
    known = {
        "record": "core:2",
        "name": "Li Xiaolei",
        "phone": LI["phone"],
        "known_at": "2024-03-01",
    }
    rows = [{"record": "crm:1"} | LI, {"record": "crm:1"} | LI | moved, known]
    assert together(resolved(connection, model, *rows))
    (at,) = connection.execute("SELECT known_at::VARCHAR FROM identity_links").fetchall()[0]
    assert at == "2024-03-01 00:00:00"


def test_evidence_tells_key_levels_and_weights_that_sum_to_the_links(people, model):
    rows = people.execute("SELECT evidence, weight, probability FROM identity_links").fetchall()
    assert len(rows) > 1000
    for text, weight, probability in rows:
        evidence = json.loads(text)
        fields = [value["weight"] for value in evidence.values() if isinstance(value, dict)]
        assert evidence["key"] in {rule.name for rule in model.blocking}
        assert sum(fields) + evidence["prior"] == pytest.approx(weight, abs=0.05)
        assert probability >= model.threshold


def test_evidence_repeats_nothing_that_identifies(people):
    told = people.execute(
        "SELECT name, phone, id_number FROM identity_versions UNION "
        "SELECT account, right(account, 4), NULL FROM identity_accounts"
    ).fetchall()
    evidence = "".join(
        row[0] for row in people.execute("SELECT evidence FROM identity_links").fetchall()
    )
    values = {value for row in told for value in row if value and value not in ("N/A", "无")}
    assert not any(value in evidence for value in values)


@pytest.mark.parametrize("seed", range(3))
def test_resolving_what_was_known_before_gives_what_was_known_before(people, model, seed):
    instants = people.execute(
        "SELECT DISTINCT known_at FROM identity_versions ORDER BY 1"
    ).fetchall()
    (cut,) = random.Random(seed).choice(instants[50:])
    tables = ("identity_links", "identity_refusals")
    full = {
        t: people.execute(f"FROM {t} WHERE known_at < ? ORDER BY ALL", [cut]).fetchall()
        for t in tables
    }
    history = people.execute(
        "SELECT record, customer, known_at, CASE WHEN known_until < $1 THEN known_until END "
        "FROM identity_history WHERE known_at < $1 ORDER BY ALL",
        [cut],
    ).fetchall()
    then = copied(people, query=f"FROM {{table}} WHERE known_at < TIMESTAMP '{cut}'")
    resolve(then, model)
    for table in tables:
        assert then.execute(f"FROM {table} ORDER BY ALL").fetchall() == full[table]
    assert then.execute("FROM identity_history ORDER BY ALL").fetchall() == history
    then.close()


def test_the_order_of_rows_changes_nothing(people, model):
    expected = (
        people.execute("FROM identity_history").fetchall(),
        people.execute("FROM identity_links").fetchall(),
    )
    shuffled = copied(people, threads=1, query="FROM {table} ORDER BY hash(record)")
    resolve(shuffled, model)
    assert (
        shuffled.execute("FROM identity_history").fetchall(),
        shuffled.execute("FROM identity_links").fetchall(),
    ) == expected
    shuffled.close()


def test_made_up_people_are_found_precisely(people):
    found = score(people)
    assert found.precision >= PRECISION
    assert found.recall >= RECALL


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({"threshold": 0.01, "personal_weight": -100.0}, "precision"),
        ({"threshold": 1 - 1e-9}, "recall"),
    ],
    ids=["without the guard of households", "too strict"],
)
def test_a_worse_model_misses_the_bars(people, model, changes, missed):
    spoilt = copied(people)
    spoilt.register("known", people.sql("FROM truth").to_arrow_table())
    spoilt.execute("CREATE TABLE truth AS FROM known")
    resolve(spoilt, model.model_copy(update=changes))
    found = score(spoilt)
    assert {"precision": found.precision < PRECISION, "recall": found.recall < RECALL}[missed]
    spoilt.close()


def test_nothing_but_the_promised_tables_is_left(people, model):
    before = {row[0] for row in people.execute("SHOW TABLES").fetchall()}
    resolve(people, model)
    after = {row[0] for row in people.execute("SHOW TABLES").fetchall()}
    promised = {"identity_links", "identity_history", "identity_refusals", "identity_blocking"}
    assert after - before <= promised
    assert not {name for name in after if name.startswith(("__splink", "linkage_"))}


def test_no_records_make_empty_tables(connection, model):
    assert resolved(connection, model) == {}


def test_resolving_says_nothing(people, model, capfd):
    resolve(people, model)
    assert capfd.readouterr() == ("", "")
