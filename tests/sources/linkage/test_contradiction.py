from src.sources.linkage.contradiction import Facts, Statements, is_slip

PERSON, COMPANY = 1, 2


def facts(*records):
    known = Facts(len(records))
    for rank, (number, birth, kind) in enumerate(records):
        known.learn(rank, number, birth, kind)
    return known


def test_a_person_is_no_company():
    assert (
        facts((None, None, PERSON), (None, None, COMPANY)).contradiction([0], [1])
        == "person_and_company"
    )
    assert facts((None, None, PERSON), (None, None, None)).contradiction([0], [1]) is None


def test_two_valid_numbers_are_two_people_unless_one_is_shared():
    known = facts((77, None, None), (88, None, None), (88, None, None))
    assert known.contradiction([0], [1]) == "two_valid_id_numbers"
    assert known.contradiction([0, 1], [2]) is None


def test_births_may_differ_by_a_slip_only():
    known = facts((None, 19800203, None), (None, 19800302, None), (None, 19551107, None))
    assert known.contradiction([0], [1]) is None
    assert known.contradiction([0, 1], [2]) == "two_births"


def test_a_shared_number_outweighs_the_births():
    assert facts((77, 19800203, None), (77, 19551107, None)).contradiction([0], [1]) is None


def test_a_record_that_says_several_values_says_all_of_them():
    statements = Statements(2)
    for value in (5, None, 6, 5):
        statements.add(0, value)
    assert statements.of([0, 1]) == {5, 6}


def test_a_slip_is_one_digit_two_neighbours_or_day_and_month():
    assert is_slip(19800203, 19800203)
    assert is_slip(19801203, 19802103)
    assert not is_slip(19800203, 19800414)
