"""Parameters of the simulated bank: its size, its period and how untidy its deliveries are."""

from datetime import date

from pydantic import Field

from src.core.config import Settings


def _share(default: float, description: str) -> float:
    share: float = Field(default=default, ge=0, le=1, description=description)
    return share


class MessParams(Settings):
    """How untidy the simulated bank's deliveries are: shares, unless said otherwise."""

    households: float = _share(0.35, "people who share a home with another customer")
    household_phone: float = _share(0.2, "those of them who also share the other's phone")
    same_name: float = _share(0.02, "people who bear the full name of another customer")
    moved: float = _share(0.12, "customers who move home, some with a new phone, in the period")
    crm_duplicates: float = _share(0.03, "customers with a second record in the CRM")
    second_caller: float = _share(0.04, "callers with a second number in the contact centre")
    caller_without_birth: float = _share(0.6, "callers who were not asked for their date of birth")
    caller_without_account: float = _share(
        0.6, "callers who gave no account to be authenticated by"
    )
    account_typo: float = _share(0.02, "accounts that callers gave with a wrong digit")
    others_account: float = _share(
        0.02, "callers of a shared home who give the other's account in place of their own"
    )
    no_key: float = _share(0.006, "brokerage clients and callers of whom only the name is known")
    other_phone: float = _share(0.06, "records outside the CRM with an older phone")
    respelt_name: float = _share(0.04, "Chinese names in traditional characters or with a space")
    name_typo: float = _share(0.015, "names with a slip")
    phone_typo: float = _share(0.01, "phones with a wrong digit")
    id_typo: float = _share(0.008, "identity numbers with a wrong digit")
    missing_phone: float = _share(0.03, "records without a phone")
    missing_id: float = _share(0.02, "CRM and core records without an identity number")
    missing_birth: float = _share(0.02, "records without a date of birth")
    missing_address: float = _share(0.03, "records without an address")
    missing_attribute: float = _share(0.02, "gaps in each other column of the CRM")
    swapped_birth: float = _share(0.01, "dates of birth with day and month swapped")
    impossible_birth: float = _share(0.003, "dates of birth after joining")
    wrong_attribute: float = _share(0.01, "CRM records with a wrong income class, mended later")
    corrected: float = _share(0.4, "CRM records with an error that a later delivery mends")
    late_posting: float = _share(0.015, "core movements learned days after they happened")
    late_days: float = Field(default=6.0, gt=0, description="mean days by which these are late")
    corrected_amount: float = _share(0.003, "core amounts that a later delivery corrects")
    cancelled: float = _share(0.001, "core movements that never were and are withdrawn later")
    orphans: float = _share(0.0005, "movements of accounts that no system knows")
    repeated: float = _share(0.002, "rows of movements, trades and contacts delivered twice")
    swapped_trade_date: float = _share(0.004, "trade dates with day and month swapped")
    missing_currency: float = _share(0.005, "trades without their currency")
    negative_price: float = _share(0.002, "prices with a minus sign")
    truncated_logs: int = Field(default=1, ge=0, description="contact logs that are cut short")
    mentions: float = _share(0.02, "contact notes that mention the caller's phone or name")


class SimulationParams(Settings):
    """The simulated bank: its size, its period and how untidy its deliveries are."""

    customers: int = Field(gt=0, description="people and companies")
    company_share: float = Field(ge=0, le=1, description="share of companies among them")
    start: date = Field(description="first day of the extracts; quoted in YAML")
    months: int = Field(ge=12, description="months of transactions")
    mess: MessParams = Field(default=MessParams(), description="rates of errors and gaps")
