"""The fields an action asks for, checked against its row of the table."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import get_args

from contracts.base import SHANGHAI, Reference, is_unit, unit_kind
from contracts.cases import Scalar
from contracts.identity import names_a_person
from contracts.regions import is_served
from workflows.definition import FieldSpec
from workflows.triggers import FieldProblem

_REFERENCE = re.compile(get_args(Reference)[1].pattern)


def find_problems(
    specs: Mapping[str, FieldSpec], fields: Mapping[str, Scalar], now: datetime
) -> tuple[FieldProblem, ...]:
    """Everything wrong with `fields`; empty when all is right."""
    unknown = [FieldProblem(name, "没有这个字段", "no such field") for name in fields if name not in specs]
    wrong = (_find_problem(name, spec, fields.get(name), now) for name, spec in specs.items())
    return (*unknown, *(problem for problem in wrong if problem))


def as_moment(value: Scalar) -> datetime | None:
    """A time field as a moment; None when it is not a zoned ISO 8601 time."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.astimezone(SHANGHAI) if moment.tzinfo else None


def as_day(value: Scalar) -> date | None:
    """A day field as a date; None when it is none."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _find_problem(name: str, spec: FieldSpec, value: Scalar, now: datetime) -> FieldProblem | None:
    if value is None:
        return FieldProblem(name, f"必填：{spec.title}", "required") if spec.required else None
    wanted = _CHECKS[spec.type](spec, value, now)
    return FieldProblem(name, f"{spec.title}：应为{wanted[0]}", f"must be {wanted[1]}") if wanted else None


Wanted = tuple[str, str] | None


def _check_code(spec: FieldSpec, value: Scalar, now: datetime) -> Wanted:  # noqa: ARG001
    if isinstance(value, str) and value in spec.codes:
        return None
    listed = "、".join(f"{code}（{label}）" for code, label in spec.codes.items())
    return f"其中之一：{listed}", f"one of {', '.join(spec.codes)}"


def _check_codes(spec: FieldSpec, value: Scalar, now: datetime) -> Wanted:
    if isinstance(value, list) and len(set(value)) == len(value) and all(tick in spec.codes for tick in value):
        return None
    zh, en = _check_code(spec, None, now) or ("", "")
    return f"列表，每项取{zh}", f"a list without repeats, each {en}"


def _check_bool(spec: FieldSpec, value: Scalar, now: datetime) -> Wanted:  # noqa: ARG001
    return None if isinstance(value, bool) else ("是或否（true 或 false）", "true or false")


def _check_time(spec: FieldSpec, value: Scalar, now: datetime) -> Wanted:  # noqa: ARG001
    moment = as_moment(value)
    if moment is None:
        return "带时区的时间，如 2026-01-05T09:30:00+08:00", "a time with zone, such as 2026-01-05T09:30:00+08:00"
    return None if moment <= now else ("不晚于现在的时间", "a time that is not in the future")


def _check_day(spec: FieldSpec, value: Scalar, now: datetime) -> Wanted:  # noqa: ARG001
    return None if as_day(value) else ("日期，如 2026-07-01", "a date, such as 2026-07-01")


def _check_units(spec: FieldSpec, value: Scalar, now: datetime) -> Wanted:
    listed = value if isinstance(value, list) and len(set(value)) == len(value) else [""]
    wrong = _check_unit(spec, None, now)
    if not listed or wrong is None or any(_check_unit(spec, unit, now) for unit in listed):
        zh, en = wrong or ("", "")
        return f"列表，至少一个，不重复，每项为{zh}", f"a list without repeats and not empty, each {en}"
    return None


def _check_unit(spec: FieldSpec, value: Scalar, now: datetime) -> Wanted:  # noqa: ARG001
    kinds = "、".join(spec.kinds)
    known = isinstance(value, str) and is_unit(value) and is_served(value)
    if known and (not spec.kinds or unit_kind(str(value)) in spec.kinds):
        return None
    return (
        f"已有的单位编号（种类@区划，种类：{kinds or '任意'}）",
        f"the id of a unit there is, <kind>@<region>, of kind {kinds or 'any'}",
    )


def _check_reference(spec: FieldSpec, value: Scalar, now: datetime) -> Wanted:  # noqa: ARG001
    numbered = isinstance(value, str) and _REFERENCE.fullmatch(value) and any(c.isdigit() for c in value)
    if numbered and not names_a_person(str(value)):
        return None
    return "文书或凭证编号（64 字以内，含数字，不得为身份证号、手机号）", "a document or proof number, never a person's"


def _check_number(spec: FieldSpec, value: Scalar, now: datetime) -> Wanted:  # noqa: ARG001
    fine = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return None if fine else ("非负整数", "a whole number, 0 or more")


_CHECKS = {
    "code": _check_code,
    "codes": _check_codes,
    "bool": _check_bool,
    "time": _check_time,
    "day": _check_day,
    "unit": _check_unit,
    "units": _check_units,
    "reference": _check_reference,
    "number": _check_number,
}
