"""How a fault of a file is worded: Chinese first, then English; what is wrong, and what would be right."""

import difflib
from collections.abc import Iterable, Iterator
from types import NoneType
from typing import Annotated, Any, Final, TypeVar, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

from contracts.base import Contract
from workflows.errors import DefinitionError
from workflows.lines import Lines, Where

M = TypeVar("M", bound=Contract)

Said = tuple[str, str]
"""In Chinese and English."""

Found = Iterator[tuple[Where, str, str]]
"""What a proof finds: where, in Chinese and in English."""

KINDS: Final = {
    "state": "状态",
    "task": "任务",
    "guard": "条件（guard）",
    "rule": "期限规则",
    "counter": "计数项",
    "event": "事件",
    "role": "角色",
    "template": "告知模板",
    "unit kind": "单位种类",
    "unit kind or part": "单位种类或案中单位",
    "part": "案中单位",
    "field": "字段",
    "time field": "时间字段",
    "day field": "日期字段（day）",
    "unit field": "单位字段（unit）",
    "units field": "单位列表字段（units）",
    "moment": "时点",
    "workflow": "流程",
    "workflow version": "流程版本",
    "migration": "迁移表",
    "opening": "由其他案件开启的状态",
    "reporter category": "报告人类别",
    "code list": "代码表",
    "key": "项",
    "hotline": "热线",
    "feature": "机制",
    "age band": "年龄段",
    "term": "用语",
    "indicator": "指标",
    "setting": "指标设定",
}

_SHOWN = 8


def unknown(kind: str, name: object, known: Iterable[object]) -> Said:
    """A name that stands for nothing, and the names there are, the nearest first."""
    zh, en = nearest(name, known)
    return f"没有这个{KINDS[kind]}：{name}；已有：{zh}", f"no such {kind}: {name}; known: {en}"


def nearest(name: object, known: Iterable[object]) -> Said:
    """The names there are, in Chinese and English; of many those that look most like `name`."""
    names = sorted({str(name) for name in known})
    like = difflib.get_close_matches(str(name), names, n=_SHOWN, cutoff=0.0)
    more = len(names) > _SHOWN
    return "、".join(like) + "等" * more or "无", ", ".join(like) + ", …" * more or "none"


def refuse(source: Lines, proof: str, found: Iterable[tuple[Where, str, str]]) -> None:
    """Raises DefinitionError for the first thing found; the proof's name names the error."""
    for path, zh, en in found:
        raise DefinitionError(proof.removeprefix("_"), source.file, source.line(path), f"{zh} / {en}")


def read_as(model: type[M], source: Lines) -> M:
    """What a file says, as a contract. Raises DefinitionError."""
    try:
        return model.model_validate(source.data, strict=False)
    except ValidationError as error:
        path, zh, en = malformed(model, error)
        raise DefinitionError("malformed", source.file, source.line(path), f"{zh} / {en}") from error


_WANTED: Final = {
    "missing": "缺少这一项",
    "string_type": "应为文字，数字请加引号",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "dict_type": "应为“键: 值”的映射",
    "model_type": "应为“键: 值”的映射",
    "model_attributes_type": "应为“键: 值”的映射",
    "tuple_type": "应为列表，如 [a, b]",
    "literal_error": "应为其中之一：{expected}",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "应不小于 {ge}",
    "less_than_equal": "应不大于 {le}",
    "string_pattern_mismatch": "应符合 {pattern}",
    "too_short": "至少要有 {min_length} 项",
    "date_type": "应为日期，如 2026-07-01，不加引号",
    "time_parsing": '应为时刻，如 "17:30"',
    "date_from_datetime_parsing": "应为日期，如 2026-07-01",
}

PLAIN: Final = frozenset(get_args(ErrorType))
"""The kinds of fault that pydantic knows; a validator of ours may give another a name of its own."""

_BLANK = r"\S"
_UNION = frozenset({"bool", "int", "str"})


def malformed(model: type[Contract], error: ValidationError) -> tuple[Where, str, str]:
    """What a file says first that `model` cannot hold, as a proof would say it."""
    first = error.errors()[0]
    loc = first["loc"][:-1] if first["loc"] and first["loc"][-1] in _UNION else first["loc"]
    place, (zh, en) = ".".join(map(str, loc)), _problem(model, first)
    return loc, f"{place or '文件'}：{zh}", f"{place or 'the file'}: {en}"


def _problem(model: type[Contract], first: ErrorDetails) -> Said:
    kind, context = first["type"], first.get("ctx", {})
    if kind == "value_error":  # a validator of ours, which says both
        zh, _, en = str(context["error"]).partition(" / ")
        return zh, en
    if kind not in PLAIN:
        zh, _, en = first["msg"].partition(" / ")
        return zh, en
    if kind == "extra_forbidden":
        return unknown("key", first["loc"][-1], _known_keys(model, first["loc"]))
    if kind == "string_pattern_mismatch" and context["pattern"] == _BLANK:
        return "不能为空白", "must not be blank"
    if first["loc"] and first["loc"][-1] in _UNION:
        return "应为文字、整数或 true、false", "must be a text, a whole number, true or false"
    return _WANTED.get(kind, "不合格式").format(**context), first["msg"]


def _known_keys(model: type[Contract], loc: Where) -> list[str]:
    """What the part of a file around `loc` may say."""
    at: Any = model
    for step in loc[:-1]:
        at = _bare(_keys(at)[str(step)] if _is_contract(at) else [a for a in get_args(at) if a is not ...][-1])
    return list(_keys(at)) if _is_contract(at) else []


def _keys(model: type[Contract]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _is_contract(at: Any) -> bool:
    return isinstance(at, type) and get_origin(at) is None and issubclass(at, Contract)


def _bare(annotation: Any) -> Any:
    """Without what it adds (`Annotated`), and without None."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    left = [part for part in get_args(annotation) if part is not NoneType]
    return _bare(left[0]) if NoneType in get_args(annotation) and len(left) == 1 else annotation
