"""Names in one writing: width, case, spacing and punctuation folded, Chinese in pinyin.

The readings of surnames follow the usual Chinese surname readings, which differ from the ordinary
reading of the same character (单 is shàn as a surname, dān elsewhere).
"""

import re
import unicodedata
from dataclasses import dataclass

import duckdb
import pyarrow as pa
from pypinyin import lazy_pinyin

BATCH = 50_000
PLACEHOLDERS = frozenset(
    {
        *("", "na", "nan", "null", "none", "nil", "unknown", "test", "anonymous", "notavailable"),
        *(
            "无",
            "未知",
            "不详",
            "空",
            "暂无",
            "测试",
            "匿名",
            "无名",
            "未填",
            "未提供",
            "客户",
            "先生",
            "女士",
        ),
    }
)

_SURNAMES = {
    "单": "shan",
    "解": "xie",
    "仇": "qiu",
    "区": "ou",
    "查": "zha",
    "曾": "zeng",
    "盖": "ge",
    "朴": "piao",
    "冼": "xian",
    "翟": "zhai",
    "乐": "yue",
    "员": "yun",
    "召": "shao",
    "折": "she",
    "葛": "ge",
    "华": "hua",
    "任": "ren",
    "重": "chong",
    "尉迟": "yuchi",
    "万俟": "moqi",
    "长孙": "zhangsun",
}
_TITLES = re.compile(r"^(?:mr|mrs|ms|miss|dr|prof)\.?\s+|(?:先生|女士|小姐|太太)$")
_COMPANY_FORMS = re.compile(
    r"(?:股份有限公司|有限责任公司|有限公司|公司|集团)$"
    r"|\b(?:co|company|ltd|limited|inc|corp|corporation|llc|plc)\b\.?"
)
_BRACKETED = re.compile(r"[(\[【<].*?[)\]】>]")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_NOT_WORD = re.compile(r"[\W_]+")
_LONG_U = str.maketrans({"ü": "u", "v": "u"})


@dataclass(frozen=True)
class FoldedName:
    """text: as written, folded, one token; latin: letters in the order given, one token;
    letters: the letters of `latin` sorted, so that the order of tokens does not matter."""

    text: str
    latin: str
    letters: str


def fold_name(name: str) -> FoldedName | None:
    """A name folded for comparison, or None if it says nothing.

    >>> fold_name("王小明").latin, fold_name("Xiaoming  WANG").latin
    ('wangxiaoming', 'xiaomingwang')
    >>> fold_name("王小明").letters == fold_name("Wang, Xiaoming").letters
    True
    >>> fold_name("N/A") is None
    True
    """
    plain = unicodedata.normalize("NFKC", name).casefold().strip()
    plain = _TITLES.sub("", plain)
    outside = _BRACKETED.sub(" ", plain)
    plain = outside if _NOT_WORD.sub("", outside) else plain
    short = _COMPANY_FORMS.sub(" ", plain)
    text = _NOT_WORD.sub("", short) or _NOT_WORD.sub("", plain)
    if text in PLACEHOLDERS or text.isdigit() or (len(set(text)) == 1 and len(text) > 2):
        return None
    latin = _latin(text)
    return FoldedName(text, latin, "".join(sorted(latin)))


def _latin(text: str) -> str:
    if not _CHINESE.search(text):
        bare = unicodedata.normalize("NFKD", text)
        letters = "".join(c for c in bare if not unicodedata.combining(c)).translate(_LONG_U)
        return letters.replace("lyu", "lu").replace("nyu", "nu")
    for surname in (text[:2], text[:1]):
        if surname in _SURNAMES:
            given = "".join(lazy_pinyin(text[len(surname) :]))
            return _SURNAMES[surname] + given.translate(_LONG_U)
    return "".join(lazy_pinyin(text)).translate(_LONG_U)


def fold_names(connection: duckdb.DuckDBPyConnection) -> None:
    """Make linkage_names(name, name_text, name_latin, name_letters) of the distinct names.

    Reads them from identity_versions in batches of 50,000, so that memory stays bounded.
    """
    connection.execute(
        "CREATE OR REPLACE TABLE linkage_names"
        "(name VARCHAR, name_text VARCHAR, name_latin VARCHAR, name_letters VARCHAR)"
    )
    reader = connection.cursor()
    distinct = "SELECT DISTINCT name FROM identity_versions WHERE name IS NOT NULL"
    names = reader.execute(distinct)
    while batch := names.fetchmany(BATCH):
        folded = _folded([name for (name,) in batch])
        connection.register("folded_names", folded)
        connection.execute("INSERT INTO linkage_names FROM folded_names")
        connection.unregister("folded_names")
    reader.close()


def _folded(names: list[str]) -> pa.Table:
    found = [(name, folded) for name in names if (folded := fold_name(name)) is not None]
    return pa.table(
        {
            "name": pa.array([name for name, _ in found], pa.string()),
            "name_text": pa.array([folded.text for _, folded in found], pa.string()),
            "name_latin": pa.array([folded.latin for _, folded in found], pa.string()),
            "name_letters": pa.array([folded.letters for _, folded in found], pa.string()),
        }
    )
