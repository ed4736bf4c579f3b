"""Free text that is JSON: scrubbed as people would read it, and JSON again afterwards."""

from src.privacy.scrub import LABELS

_ESCAPE = r"\u"
# A label in the place of a number, and what stands beside it.
_BARE = rf"([:,[]\s*|^)\[({'|'.join(LABELS)})\](\s*[]}},]|$)"
# A text that no colon follows is no name; so long a number is no code.
_VALUE = r'"\s*([],}]|$)|[0-9]{6}'
_QUOTED = r'\1"[\2]"\3'


def may_tell(text: str) -> str:
    """SQL that is false for JSON of codes and short numbers under plain names, as most answers are:
    no value of it is a text, and no number long enough to be anybody's."""
    return f"NOT json_valid({text}) OR regexp_matches({text}, '{_VALUE}')"


def readable(text: str) -> str:
    """SQL of a text in which signs that JSON has escaped stand as themselves."""
    escaped = f"contains({text}, '{_ESCAPE}') AND json_valid({text})"
    return f"CASE WHEN {escaped} THEN CAST(json({text}) AS VARCHAR) ELSE {text} END"


def as_json(text: str) -> str:
    """SQL of a scrubbed text that was JSON, as JSON: a label in the place of a number is quoted;
    where that is not enough, the whole text is."""
    quoted = text
    for _ in range(2):  # two that share the sign between them are not found in one pass
        quoted = f"regexp_replace({quoted}, '{_BARE}', '{_QUOTED}', 'g')"
    return (
        f"CASE WHEN json_valid({text}) THEN {text} WHEN json_valid({quoted}) THEN {quoted} "
        f"ELSE CAST(to_json({text}) AS VARCHAR) END"
    )
