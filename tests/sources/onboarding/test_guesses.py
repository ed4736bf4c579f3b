"""Guesses of encodings, types and formats from texts alone."""

import duckdb
import pytest

from src.sources.onboarding.guess_encoding import fitting_encodings
from src.sources.onboarding.guesses import guess_column
from src.sources.onboarding.hints import ledger_column, money_unit, private_kind

ENCODED = {
    "utf-8": "id,name\n1,张三\n",
    "gb18030": "客户号,姓名,地址\n1,张三,北京市朝阳区建国路1号\n2,李四,上海市浦东新区\n",
    "big5": "編號,姓名\n1,陳大文,臺北市信義區\n2,李小龍,高雄市前金區\n",
    "cp1250": "id;jméno\n1;Příliš žluťoučký\n2;kůň úpěl\n",
    "cp1252": "id;name\n1;Müller;Straße\n2;José;Cañón\n",
    "utf-16": "id,name\n1,张三\n",
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_the_likeliest_encoding_comes_first(tmp_path, encoding):
    path = tmp_path / "f.csv"
    path.write_bytes((ENCODED[encoding] * 5).encode(encoding))
    assert fitting_encodings(path)[0] == encoding


def test_plain_ascii_is_utf8_and_a_mixture_is_nothing(tmp_path):
    path = tmp_path / "f.csv"
    path.write_bytes(b"id,name\n1,x\n")
    assert fitting_encodings(path) == ["utf-8"]


TEXTS = {
    "whole numbers": (["1", "-20"], {"type": "integer"}),
    "decimals": (["1.5", "20"], {"type": "decimal"}),
    "decimal commas": (["1,5", "20"], {"type": "decimal", "decimal": ","}),
    "thousands": (["1,234.5", "20"], {"type": "decimal", "thousands": ","}),
    "small numbers": (["1e-9", "2"], {"type": "number"}),
    "trailing minuses": (["12-", "3"], {"type": "integer", "negative": "trailing_minus"}),
    "codes with zeros": (["007", "12"], {"type": "string"}),
    "ISO dates": (["2020-01-31"], {"type": "date", "format": "%Y-%m-%d"}),
    "German dates": (["31.01.2020"], {"type": "date", "format": "%d.%m.%Y"}),
    "American dates": (["01/31/2020"], {"type": "date", "format": "%m/%d/%Y"}),
    "Chinese dates": (["2020年01月31日"], {"type": "date", "format": "%Y年%m月%d日"}),
    "instants": (["2020-01-31T10:00:00Z"], {"type": "time"}),
    "glued instants": (["21OCT17:00:00:00"], {"type": "time", "format": "%d%b%y:%H:%M:%S"}),
    "words": (["a", "1"], {"type": "string"}),
    "whole numbers but for a slip": (["1", "2", "3", "4", "x"], {"type": "integer"}),
    "decimals but for a slip": (["1", "2.5", "3", "4", "x"], {"type": "decimal"}),
    "too few for a slip": (["1", "2", "3", "x"], {"type": "string"}),
    "too many slips": (["1", "2", "3", "4", "x", "y"], {"type": "string"}),
    "one slip in twenty": ([*map(str, range(38)), "x", "y"], {"type": "integer"}),
    "nothing": ([], {"type": "string"}),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_column_is_the_simplest_type_that_reads_all_of_it(name):
    texts, expected = TEXTS[name]
    with duckdb.connect() as connection:
        guess = guess_column(connection, "x", texts)
    assert guess.model_dump(exclude_defaults=True) | {"type": guess.type} == expected


def test_digits_are_a_date_where_the_name_says_so():
    with duckdb.connect() as connection:
        assert guess_column(connection, "price", ["20200131"]).type == "integer"
        assert guess_column(connection, "booking_date", ["20200131"]).format == "%Y%m%d"


@pytest.mark.parametrize(
    ("name", "column", "private", "unit"),
    [
        ("TXN_AMT_FEN", "transactions.amount_minor", None, "0.01"),
        ("cust_no", "customers.customer_id", "record", None),
        ("客户姓名", "customers.customer_id", "name", None),
        ("mobile", None, "phone", None),
        ("余额_万", "balances.amount_minor", None, "10000"),
        ("acct_no", "transactions.account_id", "account", None),
        ("assetName", None, None, None),
        ("id_no", None, "id_number", None),
        ("CERT_NO", None, "id_number", None),
    ],
)
def test_names_tell_meaning_identifier_and_unit(name, column, private, unit):
    assert (ledger_column(name), private_kind(name), money_unit(name)) == (column, private, unit)
