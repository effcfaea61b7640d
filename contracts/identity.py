"""What can be read from an identity number and a birth date. Pure: days are arguments, nothing is kept."""

import re
import unicodedata
from datetime import date
from typing import Final, Literal

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"

ID_PATTERN: Final = r"^[0-9]{17}[0-9Xx]$"
"""GB 11643: region of first registration, birth date, sequence, check character."""


def age_on(day: date, born: date) -> int:
    """Full years on that day. Whoever was born on 29 February is a year older on 1 March of a common year."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def id_fits(id_number: str) -> bool:
    """Whether the check character (ISO 7064 MOD 11-2) fits an upper-case number of the pattern."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, id_number[:17], strict=True))
    return id_number[17] == _CHECKS[total % 11]


def born_by_id(id_number: str) -> date:
    """The birth date inside the number. Raises `ValueError` for a date that does not exist."""
    return date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))


def sex_by_id(id_number: str) -> Literal["female", "male"]:
    return "male" if int(id_number[16]) % 2 else "female"


def is_same_number(one: str, other: str) -> bool:
    """Whether two references are one, however they are written: width, case and punctuation tell nobody apart."""
    return _bare(one) == _bare(other)


def _bare(reference: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", reference).casefold()))


_MOBILE: Final = re.compile(r"(?<![0-9])(?:86)?1[3-9][0-9]{9}(?![0-9])")
_ID: Final = re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9])")


def names_a_person(reference: str) -> bool:
    """Whether a reference is, or holds, an identity number or a mobile number: it must not travel on a topic.

    Read as it stands, and again without the hyphens and spaces that people put into long numbers.
    """
    return any(_MOBILE.search(text) or _holds_id(text) for text in (reference, re.sub(r"[-\s]", "", reference)))


def _holds_id(text: str) -> bool:
    return any(id_fits(found.upper()) for found in _ID.findall(text))
