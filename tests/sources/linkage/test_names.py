import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.sources.linkage.names import fold_name, fold_names
from tests.sources.linkage.conftest import tell


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("王小明", "WANG Xiaoming"),
        ("王小明", "Xiao Ming, Wang"),
        ("張伟", "Zhang  Wei"),
        ("单雪", "Shan Xue"),
        ("吕娜", "LV NA"),
        ("吕娜", "Lyu Na"),
        ("欧阳修", "Ouyang Xiu"),
        ("Ｗａｎｇ　Ｌｉ", "wang li"),
        ("李雷先生", "李雷"),
        ("Mr. Lei Li", "李雷"),
        ("José García", "garcia jose"),
        ("上海鸿达科技有限公司", "SHANGHAI HONGDA KEJI CO., LTD."),
    ],
)
def test_writings_of_one_name_share_their_letters(one, other):
    assert fold_name(one).letters == fold_name(other).letters


def test_the_order_of_tokens_stays_visible_for_comparison():
    assert fold_name("Li Wei").latin != fold_name("Wei Li").latin


@pytest.mark.parametrize(
    "nothing", ["", "  ", "N/A", "无", "未知", "-", "unknown", "123", "某某某某"[:0]]
)
def test_placeholders_say_nothing(nothing):
    assert fold_name(nothing) is None


@given(st.text(max_size=12))
def test_any_text_folds_to_the_same_letters_however_often(text):
    folded = fold_name(text)
    assert folded is None or sorted(folded.latin) == list(folded.letters)
    assert folded == fold_name(text)


def test_each_distinct_name_is_folded_once(connection):
    tell(
        connection,
        *(
            {"record": f"crm:{i}", "name": name}
            for i, name in enumerate(("李雷", "李雷", "N/A", None))
        ),
    )
    fold_names(connection)
    assert connection.execute("FROM linkage_names").fetchall() == [
        ("李雷", "李雷", "lilei", "eiill")
    ]
