"""People who do not exist: names, identity numbers, telephones and addresses made up from a seed."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from contracts.identity import id_fits

_SURNAMES: Final = "陈林黄郑王叶徐张金吴周胡潘朱倪谢蔡包卢项"
_FEMALE: Final = ("晓燕", "雪梅", "丽萍", "秀兰", "若溪", "雨桐", "思涵", "海燕", "美华", "佩佩", "静怡", "小芳")
_MALE: Final = ("建国", "志强", "伟民", "浩然", "子轩", "俊杰", "永康", "国栋", "小军", "明远", "一鸣", "文斌")
_CHECKS: Final = "0123456789X"


@dataclass(frozen=True, slots=True)
class Somebody:
    """One invented person. `phone` begins with 199 0000, a block used only in examples here."""

    name: str
    id_number: str
    born: date
    female: bool
    phone: str
    address: str

    @property
    def person(self) -> dict[str, Any]:
        """As `contracts.submission.Person` has it."""
        return {"name": self.name, "id_number": self.id_number, "phone": self.phone, "address": self.address}

    @property
    def is_minor(self) -> bool:
        """All through 2026."""
        return self.born.year > 2008

    @property
    def sex(self) -> str:
        return "female" if self.female else "male"


class People:
    """Makes people, no two of them with one identity number."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._count = 0

    def woman(self, youngest: int = 19, oldest: int = 64) -> Somebody:
        return self._make(self._rng.randint(youngest, oldest), female=True)

    def man(self, youngest: int = 22, oldest: int = 66) -> Somebody:
        return self._make(self._rng.randint(youngest, oldest), female=False)

    def child(self, youngest: int = 3, oldest: int = 16, *, female: bool | None = None) -> Somebody:
        chosen = self._rng.random() < 0.6 if female is None else female
        return self._make(self._rng.randint(youngest, oldest), female=chosen)

    def _make(self, age: int, *, female: bool) -> Somebody:
        self._count += 1
        born = date(2025 - age, 1, 1) + timedelta(days=self._rng.randrange(360))
        name = self._rng.choice(_SURNAMES) + self._rng.choice(_FEMALE if female else _MALE)
        number = identity_number(born, self._count, female=female)
        address = f"{self._rng.choice('东南西北')}区{self._rng.randint(1, 60)}号（虚构）"
        return Somebody(name, number, born, female, f"1990000{self._count:04d}", address)


def identity_number(born: date, serial: int, *, female: bool) -> str:
    """A number that fits GB 11643. The three digits of the sequence and the registration region hold the serial."""
    region, sequence = divmod(serial, 400)
    body = f"{330300 + 2 * region:06d}{born:%Y%m%d}{2 * sequence + (0 if female else 1):03d}"
    return next(body + check for check in _CHECKS if id_fits(body + check))
