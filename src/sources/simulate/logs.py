"""Extracts of the contact centre (JSON Lines) and of the suitability system."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa

from src.sources.simulate.columns import days, formatted
from src.sources.simulate.fixed import write_csv
from src.sources.simulate.interactions import CHANNELS, COMPLAINT_TEXTS, TOPICS, Contacts
from src.sources.simulate.names import customer_numbers
from src.sources.simulate.questionnaires import VALID_DAYS, Questionnaires

QUESTIONS = ("horizon", "loss", "experience", "aim")
BATCH = 100_000


def write_contacts(path: Path, months: tuple[Contacts, ...]) -> None:
    """The contact centre's log, in order of time within each month."""
    number = 0
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for contacts in months:
            order = np.lexsort((contacts.customer, contacts.second))
            lines = _lines(contacts, order, number)
            stream.write("".join(lines))
            number += len(order)


def _lines(contacts: Contacts, order: np.ndarray, first: int) -> list[str]:
    instants = np.datetime_as_string(contacts.second[order].astype("datetime64[s]"), unit="s")
    columns = (
        customer_numbers(contacts.customer[order]).to_pylist(),
        instants.tolist(),
        contacts.channel[order].tolist(),
        contacts.kind[order].tolist(),
        contacts.topic[order].tolist(),
        contacts.score[order].tolist(),
        contacts.text[order].tolist(),
    )
    lines = []
    for number, row in enumerate(zip(*columns, strict=True), start=first):
        client, at, channel, kind, topic, score, text = row
        record = {
            "id": f"K{number:09d}",
            "client": client,
            "at": f"{at}Z",
            "via": CHANNELS[channel],
            "reason": kind,
            "about": TOPICS[topic],
            "rating": score or None,
            "notes": COMPLAINT_TEXTS[text] if text >= 0 else None,
        }
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
    return lines


def write_questionnaires(path: Path, answered: Questionnaires) -> None:
    """All completed questionnaires by customer and time."""
    answers = [
        json.dumps(dict(zip(QUESTIONS, row, strict=True))) for row in answered.answers.tolist()
    ]
    write_csv(
        path,
        {
            "client": customer_numbers(answered.customer),
            "signed_at": formatted(answered.second, "%Y-%m-%d %H:%M:%S"),
            "result": pa.array([f"C{level}" for level in answered.level.tolist()]),
            "expires": pa.array(days(answered.second + VALID_DAYS * 86_400)),
            "answers": pa.array(answers),
        },
    )
