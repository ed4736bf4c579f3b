"""The suitability system's questionnaires as files, by CRM number."""

import json

import numpy as np

from src.bank.behaviour.questionnaires import VALID_DAYS, Questionnaires
from src.bank.calendar import Ints
from src.bank.files.columns import formatted
from src.bank.files.deliveries import Deliveries, Style
from src.bank.files.sheet import Sheet
from src.bank.files.texts import mixed, numbered
from src.bank.systems.records import DAY, Records

QUESTIONS = ("horizon", "loss", "experience", "aim")
ON_SECOND_RECORD = 3


def write_questionnaires(deliveries: Deliveries, answered: Questionnaires, crm: Records) -> None:
    """Write the questionnaires signed in each month. Of customers with a second CRM record, every
    third one since then names that record."""
    order = np.lexsort((answered.customer, answered.second))
    second = answered.second[order]
    record = _record(answered.customer[order], second, crm)
    for number in range(len(deliveries.arrivals)):
        start, end = np.searchsorted(second, deliveries.window(number))
        rows = order[start:end]
        signed = answered.second[rows]
        answers = answered.answers[rows].tolist()
        sheet = Sheet(
            {
                "client": crm.names(record[start:end]),
                "signed_at": formatted(signed, "%d.%m.%Y %H:%M:%S"),
                "result": numbered(answered.level[rows], "C"),
                "expires": formatted(signed + VALID_DAYS * DAY, "%d.%m.%Y"),
                "answers": np.array(
                    [json.dumps(dict(zip(QUESTIONS, row, strict=True))) for row in answers],
                    dtype=object,
                ),
            }
        )
        deliveries.csv("suitability/questionnaires", number, sheet, Style())


def _record(customer: Ints, second: Ints, crm: Records) -> Ints:
    """The CRM record that each questionnaire names. A customer's first record has his place."""
    twice = np.full(int(crm.person.max()) + 1, -1)
    customers = len(twice)
    twice[crm.person[customers:]] = np.arange(customers, len(crm))
    other = twice[customer]
    known = (other >= 0) & (second > crm.registered[other])
    chosen = mixed(second, 1) % ON_SECOND_RECORD == 0
    return np.where(known & chosen, other, customer)
