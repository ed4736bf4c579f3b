"""Identity numbers with their check digits, as matrices of digits.

Resident identity numbers: GB 11643-1999 with ISO 7064 MOD 11-2. Unified social credit codes:
GB 32100-2015 over an organisation code of GB 11714-1997.
"""

import numpy as np

from src.bank.calendar import Ints
from src.bank.files.texts import Texts

_RESIDENT_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_RESIDENT_CHECKS = np.array(list("10X98765432"))
_CREDIT_ALPHABET = np.array(list("0123456789ABCDEFGHJKLMNPQRTUWXY"))
_CREDIT_WEIGHTS = 3 ** np.arange(17) % 31
_ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
_X = 29  # the place of X in the credit alphabet


def resident_numbers(district_code: Ints, birth: Ints, order: Ints) -> Texts:
    """18 characters each: district code of six digits, birth as YYYYMMDD, order 0 to 999 (odd for
    men), check digit. All arguments are integers."""
    body = district_code * 10**11 + birth * 1000 + order
    digits = body[:, None] // 10 ** np.arange(16, -1, -1) % 10
    check = _RESIDENT_CHECKS[digits @ _RESIDENT_WEIGHTS % 11]
    return np.array([f"{b}{c}" for b, c in zip(body.tolist(), check.tolist(), strict=True)], object)


def credit_codes(district_code: Ints, organisation: Ints) -> Texts:
    """18 characters each of companies (registered with the industry and commerce office): 91,
    district code, organisation code of eight digits and its check, check character."""
    own = organisation[:, None] // 10 ** np.arange(7, -1, -1) % 10
    check = (11 - own @ _ORGANISATION_WEIGHTS % 11) % 11
    place = district_code[:, None] // 10 ** np.arange(5, -1, -1) % 10
    prefix = np.tile(np.array([9, 1]), (len(own), 1))
    values = np.column_stack([prefix, place, own, np.where(check == 10, _X, check)])
    last = (31 - values @ _CREDIT_WEIGHTS % 31) % 31
    letters = _CREDIT_ALPHABET[np.column_stack([values, last])]
    return np.array(["".join(row) for row in letters.tolist()], object)
