"""The golden record is what a day-by-day account of all records of a customer tells."""

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from src.core.config import parse_settings
from src.sources.identity.golden import make_golden
from src.sources.mapping.rule import Rule
from src.sources.staging.versions import close_versions
from tests.support.sources.merging_strategies import RECORDS, customer_at, merging, runs
from tests.support.sources.staged_rows import day, make_members, stage_rows, staged

LAST = 30
FILLS = parse_settings(
    {
        "name": "guess",
        "table": "customers",
        "reason": "r",
        "when": "region IS NULL",
        "impute": {"region": "'?'"},
    },
    Rule,
    "test",
)
ROW = st.fixed_dictionaries(
    {
        "record": st.sampled_from(RECORDS),
        "known": st.integers(0, 9),
        "region": st.sampled_from([None, "north", "south"]),
        "imputed": st.booleans(),
        "gender": st.sampled_from([None, "female"]),
    }
)

ROWS = st.lists(ROW, min_size=1, max_size=7, unique_by=lambda r: (r["record"], r["known"]))


@settings(max_examples=12, deadline=None, phases=(Phase.generate,))
@given(
    st.lists(ROW, min_size=1, max_size=7, unique_by=lambda r: (r["record"], r["known"])), merging()
)
def test_golden_versions_equal_a_day_by_day_account(rows, members):
    entry = {record: n % 2 for n, record in enumerate(RECORDS)}
    for row in rows:
        row["imputed"] = row["imputed"] and row["region"] is not None
    with staged() as work:
        stage_rows(
            work,
            "customers",
            [
                {
                    "customer_id": row["record"],
                    "_entry": entry[row["record"]],
                    "kind": "person",
                    "region": row["region"],
                    "imputed": "region" if row["imputed"] else None,
                    "gender": row["gender"],
                    "source": row["record"],
                    "known_at": day(row["known"]),
                }
                for row in rows
            ],
        )
        close_versions(work, "customers")
        make_members(work, members)
        make_golden(work, (FILLS,))
        found = work.connection.execute(
            "SELECT customer_id, region, imputed, gender, source, known_at, known_until FROM golden"
        ).fetchall()
    assert sorted(map(str, found)) == sorted(map(str, _oracle(rows, members, entry)))


def _oracle(rows, members, entry):
    first = {r: min((x["known"] for x in rows if x["record"] == r), default=None) for r in RECORDS}
    found = []
    for customer in RECORDS:
        states = []
        for t in range(LAST):
            heard = []
            for record in RECORDS:
                told = sorted(
                    (r for r in rows if r["record"] == record and r["known"] <= t),
                    key=lambda r: r["known"],
                )
                if told and customer_at(members, record, t) == customer:
                    heard.append(((entry[record], first[record], record), told))
            heard.sort()
            own = [_last(told, "region", imputed=False) for _, told in heard]
            filled = [_last(told, "region", imputed=True) for _, told in heard]
            region = next(filter(None, own), None)
            guess = None if region else next(filter(None, filled), None)
            gender = next(filter(None, (_last(told, "gender") for _, told in heard)), None)
            flag = "region" if guess else None
            source = heard[0][0][2] if heard else None
            states.append((customer, region or guess, flag, gender, source) if heard else None)
        found += [(*told, day(since), day(until)) for told, since, until in runs(states)]
    return found


def _last(told, column, imputed=None):
    values = [r[column] for r in told if imputed is None or r["imputed"] == imputed]
    return next((v for v in reversed(values) if v is not None), None)
