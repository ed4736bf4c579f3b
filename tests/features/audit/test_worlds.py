"""Many trials in one evaluation tell what each of them tells by itself."""

import ibis
import pandas as pd
import pytest

from src.core.engine import EngineParams
from src.features.audit.built import AS_OF, END, built_subject
from src.features.audit.copies import make_copies
from src.features.audit.poison import at_or_after, in_time
from src.features.audit.revision import revised_in_time
from src.features.audit.shuffle import shuffled
from src.features.audit.trials import untouched
from src.features.audit.worlds import Look, features_alone, features_together
from src.features.plan import Plan
from tests.support.features.planted_leaks import audited, small_spec

LOOKS = [
    Look(untouched, AS_OF, AS_OF),
    Look(at_or_after, AS_OF, AS_OF),
    Look(in_time, AS_OF, AS_OF),
    Look(revised_in_time, AS_OF, AS_OF),
    Look(shuffled, AS_OF, END),
]


def test_features_of_worlds_together_are_those_of_each_alone():
    spec = small_spec("worlds")
    subject = built_subject(spec, EngineParams(threads=1))
    make_copies(subject)
    together = features_together(subject, spec, LOOKS)
    for look, found in zip(LOOKS, together, strict=True):
        pd.testing.assert_frame_equal(found, features_alone(subject, spec, look))
    assert list(together[0]["customer_id"]) == list(subject.customers)
    assert not together[0].equals(together[2])


@pytest.fixture
def compared_with_all(monkeypatch):
    """Movements are counted from the largest of all customers', whenever that comes."""
    sound = Plan.of_slice

    def shifted(self, name):
        rows = sound(self, name)
        if name != "transactions":
            return rows
        return rows.mutate(
            amount_minor=rows.amount_minor - rows.amount_minor.max().over(ibis.window())
        )

    monkeypatch.setattr(Plan, "of_slice", shifted)


@pytest.mark.usefixtures("compared_with_all")
def test_a_leak_through_other_customers_is_found():
    few = {"movements_count_30d", "net_sum_90d", "questionnaire_level", "dependants"}
    audit = audited("compared with all customers", few)
    verdicts = {name: audit.verdict(name) for name in few}
    assert verdicts == dict.fromkeys(few, "clean") | {"net_sum_90d": "leaks"}
    found = audit.counterexample("net_sum_90d")
    assert found is not None
    assert found.through == ("transactions",)
