"""The generated parts of README.md; `make docs` runs `python -m tests.support.project.front_page`.

The figures come from the committed metrics of the default run. The answer to the README's request
comes from the release that is served here, and stays as it is where none is.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from src.core.files import read_json
from src.core.schemas import TASKS
from tests.support.project.checkout import PROJECT

README = PROJECT / "README.md"
METRICS = PROJECT / "data/simulated/metrics"
FIGURES, ANSWER = "figures", "answer"
RECORD = "crm:C0000131"
ASKED = {"tasks": ["churn"], "reasons": 2, "language": "en"}
_NAMES = {
    "lightgbm": "LightGBM",
    "logistic": "logistic regression",
    "one_rule": "one rule",
    "base_rate": "base rate",
}
_LEAF = r"[{\[][^{}\[\]]*[}\]]"  # of JSON: an object or a list without another one in it
_WIDTH = 100
_HEAD = """| task | candidate | log loss | LightGBM's lead | |
|---|---|---|---|---|"""


def figures_table(metrics: Mapping[str, Mapping[str, Any]]) -> str:
    """Each task's candidates as the run prints them, without the intervals.

    metrics: by task, the content of data/<source>/metrics/<task>.json. A baseline's log loss is
    LightGBM's plus its lead over that baseline.
    """
    rows = [row for task, found in metrics.items() for row in _rows(task, found)]
    return "\n".join([_HEAD, *rows])


def _rows(task: str, found: Mapping[str, Any]) -> Iterator[str]:
    if not found["supported"]:
        yield f"| {task} | not supported | | | |"
        return
    loss = found["model"]["log_loss"]
    leads = {"lightgbm": None, **found["lead"]}
    for place, name in enumerate(name for name in _NAMES if name in leads):
        lead = leads[name]
        cells = (
            "" if place else task,
            _NAMES[name],
            f"{loss + (lead or 0):.4f}",
            "" if lead is None else f"{lead:+.4f}",
            "served" if name == found["served"] else "",
        )
        yield f"| {' | '.join(cells)} |"


def committed_metrics() -> dict[str, Any]:
    """The metrics of the default run, by task; empty before they are committed."""
    paths = {task: METRICS / f"{task}.json" for task in TASKS}
    return {task: read_json(path) for task, path in paths.items() if path.is_file()}


def block(text: str, name: str) -> str:
    """What stands in a page between the markers of a generated part."""
    found = re.search(_pattern(name), text, re.DOTALL)
    assert found, f"no part {name!r}; expected <!-- {name}: … --> … <!-- end of {name} -->"
    return found[2]


def with_block(text: str, name: str, content: str) -> str:
    """The page with another content between the markers."""
    block(text, name)
    return re.sub(_pattern(name), lambda m: f"{m[1]}{content}{m[3]}", text, flags=re.DOTALL)


def _pattern(name: str) -> str:
    return rf"(<!-- {name}: [^\n]*-->\n)(.*?)(\n<!-- end of {name} -->)"


def served_answer() -> str | None:
    """What the endpoint answers to the README's request, as a block of Markdown; None where
    nothing is served yet."""
    from src.models.releases.release import served_release
    from src.pipeline.run import open_run
    from src.privacy.people import present_pseudonym
    from src.privacy.vault import open_vault
    from src.serving.reading import read_request
    from src.serving.requests import ScoreRequest
    from src.serving.scorer import open_scorer

    run = open_run("simulated")
    served = served_release(run.paths.pointer, run.paths.releases)
    if served is None:
        return None
    customer = present_pseudonym(RECORD, open_vault(run.paths.vault), run.key)
    body = json.dumps({"customers": [{"customer_id": customer}], **ASKED}).encode()
    found = open_scorer(served[0]).score(read_request(body, ScoreRequest))
    plain = json.loads(found.model_dump_json(by_alias=True, exclude_unset=True))
    text = json.dumps(plain, indent=2, ensure_ascii=False)
    return f"```json\n{re.sub(_LEAF, _on_one_line, text)}\n```"


def _on_one_line(found: re.Match[str]) -> str:
    line = re.sub(r"\s*\n\s*", " ", found[0])
    return line if len(line) <= _WIDTH else found[0]


def main() -> None:
    """Write the generated parts of README.md anew."""
    text = README.read_text("utf-8")
    if metrics := committed_metrics():
        text = with_block(text, FIGURES, figures_table(metrics))
    if answer := served_answer():
        text = with_block(text, ANSWER, answer)
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
