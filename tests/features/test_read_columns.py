"""What a plan reads of each table, and what of it nobody reads."""

from src.features.plan import Kernel, Plan
from src.features.read_columns import asked_of


def nothing(*_):
    raise AssertionError("no plan is run here")


def counted(lean):
    """A step over the slice's movements that adds up one kind of them by customer."""
    plan = Plan()
    moves = plan.of_slice("transactions")
    plan.keep("unread", moves.select("who", "counterparty"))
    rents = moves.filter(moves.category == "rent")
    spent = rents.group_by("who").aggregate(
        spent=rents.amount_minor.sum(), most=rents.quantity.max()
    )
    made = plan.keep("spent", spent, Kernel((moves,), nothing, lean=lean))
    return asked_of(plan.steps, plan.kernels, made.select("who", "spent"))


def test_a_lean_kernel_is_given_what_its_expression_names_for_what_is_asked_of_it():
    asked = counted(lean=True)
    assert asked["kehu_slice_transactions"] == {"who", "category", "amount_minor", "quantity"}
    named = {"customer_id", "category", "amount_minor", "quantity"}
    assert asked["transactions"] == named


def test_any_other_kernel_is_given_every_column():
    asked = counted(lean=False)
    assert {"counterparty", "quantity", "known_until"} <= asked["transactions"]


def test_nothing_is_asked_of_a_step_that_nobody_reads():
    assert "kehu_unread" not in counted(lean=True)
    assert "prices" not in counted(lean=True)
