"""The contact centre's log as JSON Lines: with repeated lines, and files that are cut short."""

from collections.abc import Mapping

import numpy as np

from src.bank.behaviour.interactions import CHANNELS, COMPLAINT_TEXTS, TOPICS, Contacts
from src.bank.calendar import Ints
from src.bank.customers.identity import Identities
from src.bank.files.deliveries import Deliveries
from src.bank.files.sheet import Sheet
from src.bank.files.texts import Texts, blanked, numbered, picked
from src.bank.systems.callers import Callers, callers_sheet
from src.bank.systems.customer_sheets import Versions, chinese, phone_column
from src.core.params.simulation import MessParams

CUT_AT = 0.9
SENT_AGAIN_AFTER = 6 * 3600


class ContactCentre:
    """Writes callers and log as the months pass. places: of each customer's account."""

    def __init__(
        self,
        deliveries: Deliveries,
        who: Identities,
        callers: Callers,
        mess: MessParams,
        places: Ints,
        seed: int,
    ) -> None:
        self._deliveries, self._who, self._mess, self._seed = deliveries, who, mess, seed
        self._places = places
        self.callers = callers
        self._written = 0
        self._lost: Mapping[str, Texts] | None = None
        months, logs = len(deliveries.arrivals) - 1, mess.truncated_logs
        # never the last one: what it lost would never come
        self._cut = {max(1, (i + 1) * months // (logs + 1)) for i in range(logs)} - {months}

    def contacts(self, number: int, contacts: Contacts) -> None:
        """Write a month's new callers and contacts."""
        order = np.lexsort((contacts.customer, contacts.second))
        customer, second = contacts.customer[order], contacts.second[order]
        record = self.callers.called(customer, second)
        records = self.callers.records
        new, at = records.versions(*self._deliveries.window(number + 1))
        versions = Versions(self._who, records, new, at)
        callers = callers_sheet(versions, self._places)
        self._deliveries.jsonl("contact/callers", number + 1, callers)
        rng = np.random.default_rng([self._seed, 10, number])
        calls = Versions(self._who, records, record, records.registered[record])
        self._log(number, rng, self._columns(contacts, order, calls, rng))

    def _columns(
        self, contacts: Contacts, order: Ints, calls: Versions, rng: np.random.Generator
    ) -> dict[str, Texts]:
        n = len(order)
        at = np.datetime_as_string(contacts.second[order].astype("datetime64[s]"), unit="s")
        instants = np.char.add(at, "Z").astype(object)
        score = contacts.score[order]
        notes = blanked(picked(COMPLAINT_TEXTS, contacts.text[order]), contacts.text[order] < 0)
        mention = rng.random(n) < self._mess.mentions
        notes[mention] = _mentioning(notes, calls, mention)
        number = self._written + np.arange(n)
        self._written += n
        return {
            "id": numbered(number, "K", 9),
            "caller": calls.records.names(calls.record),
            "at": instants,
            "logged": instants,
            "via": picked(CHANNELS, contacts.channel[order]),
            "reason": contacts.kind[order].astype(object),
            "about": picked(TOPICS, contacts.topic[order]),
            "rating": blanked(score.astype(object), score == 0),
            "notes": notes,
        }

    def _log(self, number: int, rng: np.random.Generator, columns: dict[str, Texts]) -> None:
        n = len(columns["id"])
        again = np.flatnonzero(rng.random(n) < self._mess.repeated)
        place = np.sort(np.concatenate([np.arange(n), again]))
        copy = np.zeros(len(place), dtype=np.bool_)
        copy[1:] = place[1:] == place[:-1]
        rows = {name: values[place] for name, values in columns.items()}
        if self._lost is not None:
            sent = _instant(int(self._deliveries.arrivals[number]) + SENT_AGAIN_AFTER)
            lost = {**self._lost, "logged": np.full(len(self._lost["id"]), sent, dtype=object)}
            rows = {name: np.concatenate([lost[name], values]) for name, values in rows.items()}
            copy = np.concatenate([np.zeros(len(lost["id"]), dtype=np.bool_), copy])
        sheet = Sheet(rows)
        sheet.note_rows(copy, "repeated", "id")
        cut = number + 1 in self._cut
        whole = self._deliveries.jsonl("contact/log", number + 1, sheet, CUT_AT if cut else 1.0)
        kept = np.flatnonzero(~copy)
        kept = kept[kept >= whole]
        self._lost = {name: values[kept] for name, values in rows.items()} if len(kept) else None


def _mentioning(notes: Texts, calls: Versions, where: np.ndarray) -> Texts:
    """Notes that name the caller or the phone to call back."""
    some = Versions(calls.who, calls.records, calls.record[where], calls.at[where])
    names, phones = chinese(some), phone_column(some)
    before = ["" if text is None else f"{text}; " for text in notes[where].tolist()]
    mention = [
        f"{text}请回电 {phone}" if key % 2 else f"{text}{name}来电"
        for text, name, phone, key in zip(before, names, phones, some.key.tolist(), strict=True)
    ]
    return np.array(mention, dtype=object)


def _instant(second: int) -> str:
    return f"{np.datetime64(second, 's')}Z"
