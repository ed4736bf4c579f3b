"""Who the customer is, and what the customer declared."""

from src.features.definitions.state import Coded, Imputed, Profile, Questionnaire
from tests.support.features.oracles.seen import DAY, NAN, Row, Seen, known


class Person(Seen):
    """Figures of the profile and the questionnaires."""

    def _version(self) -> Row | None:
        versions = [
            row
            for row in self.tables["customers"]
            if row["customer_id"] == self.customer and known(row, self.as_of)
        ]
        return max(versions, key=lambda version: version["known_at"]) if versions else None

    def _imputed(self, d: Imputed) -> float:
        row = self._version()
        return NAN if row is None else float(d.column in (row.get("imputed") or "").split(","))

    def _coded(self, d: Coded) -> float:
        row = self._version()
        value = None if row is None else row.get(d.column)
        return NAN if value is None else float(value in d.values)

    def _profile(self, d: Profile) -> float:
        row = self._version()
        if row is None:
            return NAN
        if d.field == "is_company":
            return float(row["kind"] == "company")
        source = {"age_years": "birth_date", "tenure_years": "joined_on"}.get(d.field, d.field)
        value = row.get(source)
        if value is None:
            return NAN
        return (self.as_of - value) / DAY / 365.25 if source != d.field else float(value)

    def _questionnaire(self, d: Questionnaire) -> float:
        rows = sorted(
            self.events("questionnaires", "completed_at"),
            key=lambda row: (row["completed_at"], row["known_at"]),
        )
        if d.how == "count":
            return len(rows)
        if not rows or (d.how == "change" and len(rows) < 2):
            return NAN
        if d.how == "level":
            return rows[-1]["risk_level"]
        if d.how == "change":
            return rows[-1]["risk_level"] - rows[-2]["risk_level"]
        if d.how == "age_days":
            return (self.as_of - rows[-1]["completed_at"]) / DAY
        until = rows[-1].get("valid_until")
        return NAN if until is None else (until - self.as_of) / DAY
