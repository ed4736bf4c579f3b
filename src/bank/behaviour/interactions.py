"""Contacts with the bank: complaints, inquiries, visits, feedback and answers to campaigns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from src.bank.behaviour.leaving import Mood
from src.bank.behaviour.month import Month
from src.bank.calendar import Flags, Floats, Ints

CHANNELS = ("branch", "phone", "online", "mobile")
TOPICS = (
    "service",
    "fees",
    "transfer",
    "deposit",
    "fund",
    "equity",
    "structured",
    "insurance",
    "loan",
    "account closure",
)
COMPLAINT_TEXTS = (
    "waited too long at the counter",
    "fee charged without notice",
    "transfer was delayed",
    "mobile app failed again",
    "fund lost more than explained",
)


@dataclass(frozen=True)
class Contacts:
    """One entry per contact. score: 1 to 5, or 0 where none was asked; text: index, or -1."""

    customer: Ints
    second: Ints
    channel: Ints
    kind: NDArray[np.str_]
    topic: Ints
    score: Ints
    text: Ints


def contacts(month: Month, mood: Mood) -> Contacts:
    """The month's contacts. Satisfaction shows in the scores, tolerance in what people ask."""
    rng = month.rng
    leaving = (mood.decided <= month.number) & month.present
    energy = np.minimum(month.energy, 1.5)
    parts = [
        _complaints(month, mood.complained),
        _asked(month, "inquiry", 0.10 * energy, _interests(month)),
        _asked(month, "inquiry", np.where(leaving, 0.10, 0.004), TOPICS.index("account closure")),
        _asked(month, "visit", 0.05 * energy * (1.4 - 0.4 * month.people.digital).clip(0.2), 0),
        _asked(month, "campaign_response", 0.03 * energy, _interests(month)),
        _feedback(month, mood.satisfaction + 0.5 * rng.normal(size=len(mood.satisfaction))),
    ]
    return Contacts(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


Rows = tuple[Ints, Ints, Ints, NDArray[np.str_], Ints, Ints, Ints]


def _rows(month: Month, who: Ints, kind: str, topic: Ints, score: Ints, text: Ints) -> Rows:
    digital = month.people.digital[who] + month.rng.normal(0, 0.8, len(who))
    channel = np.digitize(digital, [-0.6, 0.2, 0.6])
    return who, month.any_time(len(who)), channel, np.full(len(who), kind), topic, score, text


def _asked(month: Month, kind: str, chance: Floats, topic: Ints | int) -> Rows:
    who = month.chosen(chance)
    topics = np.broadcast_to(np.asarray(topic), (len(month.people),))[who]
    nothing = np.zeros(len(who), dtype=np.int64)
    return _rows(month, who, kind, topics, nothing, nothing - 1)


def _interests(month: Month) -> Ints:
    """What each person would ask about: risk seekers about shares, the cautious about deposits."""
    noise = month.rng.normal(0, 1.0, len(month.people))
    lean = np.digitize(month.tolerance + noise, [-1.2, -0.3, 0.6, 1.4])
    by_lean = [TOPICS.index(t) for t in ("deposit", "insurance", "fund", "structured", "equity")]
    return np.where(month.rng.random(len(lean)) < 0.4, lean % 3, np.array(by_lean)[lean])


def _complaints(month: Month, complained: Flags) -> Rows:
    who = np.flatnonzero(month.present & complained)
    score = month.rng.integers(1, 3, len(who))
    text = month.rng.integers(0, len(COMPLAINT_TEXTS), len(who))
    return _rows(month, who, "complaint", text % 3, score, text)


def _feedback(month: Month, satisfaction: Floats) -> Rows:
    who = month.chosen(0.06 * np.minimum(month.energy, 1.5))
    score = np.clip(np.rint(3.5 + satisfaction[who]), 1, 5).astype(np.int64)
    return _rows(month, who, "feedback", score * 0, score, score * 0 - 1)
