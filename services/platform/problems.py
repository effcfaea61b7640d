"""Errors of HTTP as RFC 9457 problems, Chinese first, then English.

Problem
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.base import REFERENCE_PATTERN, REGION_PATTERN, UNIT_PATTERN, WORKER_PATTERN
from contracts.denominators import BAND_PATTERN
from contracts.external import TABLE_ROW_PATTERN
from services.platform.logs import describe, get_logger

log = get_logger("http")

BODY_LIMIT: Final = 1024 * 1024
"""Most bytes of a request."""


class Problem(Exception):  # noqa: N818 — the word of the RFC
    """An answer that is an error. `errors` is a list of `{field, zh, en}`; `extra` is added as it is."""

    def __init__(  # noqa: PLR0917
        self,
        status: int,
        code: str,
        title_zh: str,
        title_en: str,
        detail_zh: str = "",
        detail_en: str = "",
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.headers = headers
        self.body: dict[str, Any] = {
            "type": f"urn:liandong:problem:{code}",
            "title": f"{title_zh} / {title_en}",
            "status": status,
            "code": code,
            "title_zh": title_zh,
            "title_en": title_en,
            **({"detail_zh": detail_zh, "detail_en": detail_en} if detail_zh else {}),
            **({"errors": list(errors)} if errors else {}),
            **extra,
        }

    def response(self) -> Response:
        content = json.dumps(self.body, ensure_ascii=False, default=str).encode()
        headers = {"cache-control": "no-store", **(self.headers or {})}
        return Response(content, self.status, headers, media_type="application/problem+json")


def unauthenticated() -> Problem:
    return Problem(
        *(401, "unauthenticated", "需要有效的访问令牌", "A valid access token is needed"),
        headers={"www-authenticate": "Bearer"},
    )


def forbidden(role: str) -> Problem:
    return Problem(403, "forbidden", "本单位无此权限", "Your unit may not do this", needs_role=role)


def not_found(zh: str = "没有这项内容", en: str = "There is no such thing") -> Problem:
    return Problem(404, "not-found", zh, en)


def unavailable(seconds: int = 5) -> Problem:
    return Problem(
        *(503, "unavailable", "系统暂时繁忙，请稍后再试", "Temporarily unavailable, please try again"),
        headers={"retry-after": str(seconds)},
    )


def overloaded(seconds: int = 2) -> Problem:
    return Problem(
        *(503, "overloaded", "系统繁忙，本次请求未受理", "Too busy: this request was not taken in"),
        *(f"没有保存任何内容，请在 {seconds} 秒后重试。", f"Nothing was stored; please try again in {seconds} s."),
        headers={"retry-after": str(seconds)},
    )


def storage_full(seconds: int = 60) -> Problem:
    return Problem(
        *(503, "storage-full", "存储空间已满，本次请求未受理", "The storage is full: this request was not taken in"),
        f"没有保存任何内容。请立即通知运维；紧急情况请直接拨打 110。{seconds} 秒后可重试。",
        f"Nothing was stored. Tell the operators; in an emergency call 110. Try again in {seconds} s.",
        headers={"retry-after": str(seconds)},
    )


def of_away(error: Exception) -> Problem:
    """What to say when `error` came because a server behind is away or can take nothing in."""
    return storage_full() if isinstance(error, asyncpg.DiskFullError) else unavailable()


def too_large(limit: int = BODY_LIMIT) -> Problem:
    return Problem(
        *(413, "too-large", "提交的内容过大", "The request is too large"),
        *(f"最多 {limit // 1024} KiB。", f"At most {limit // 1024} KiB."),
    )


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem, and refuse too large bodies."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_crash)
    app.add_middleware(BodyLimit)


async def _on_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _on_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    details: Sequence[Any] = error.errors()
    if any(detail["type"] == "json_invalid" for detail in details):
        return Problem(400, "malformed-json", "不是有效的 JSON", "The body is not valid JSON").response()
    return invalid(details).response()


def invalid(details: Sequence[ErrorDetails]) -> Problem:
    """A 422 from pydantic's errors: each with the field's pointer and what would be right. The input is not quoted."""
    errors = [{"field": pointer(detail["loc"]), **explain(detail)} for detail in details]
    return Problem(422, "invalid", "填写的内容有误", "Some fields are not right", errors=errors)


async def _on_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    titles = {
        400: ("bad-request", "请求有误", "The request is not right"),
        404: ("not-found", "没有这个地址", "There is no such address"),
        405: ("method-not-allowed", "此地址不支持这种操作", "This address does not allow this method"),
    }
    code, zh, en = titles.get(error.status_code, ("error", "请求未能完成", "The request failed"))
    return Problem(error.status_code, code, zh, en, headers=error.headers).response()


async def _on_crash(request: Request, error: Exception) -> Response:
    route = getattr(request.scope.get("route"), "path", "")
    log.error("request failed", method=request.method, route=route, **describe(error))
    return Problem(500, "internal", "系统出错，请稍后再试", "An internal error; please try again").response()


def pointer(location: Sequence[int | str]) -> str:
    """A JSON pointer into the body, or into `/query/...`, `/path/...`."""
    parts = [str(part) for part in location]
    if parts[:1] == ["body"]:
        parts = parts[1:]
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def explain(detail: ErrorDetails) -> dict[str, str]:
    """What would be right, in both languages. A validator of ours says it itself: `ValueError("中文 / English")`,
    or a `PydanticCustomError` whose context has `zh` and `en`."""
    context = detail.get("ctx", {})
    if "zh" in context and "en" in context:
        return {"zh": str(context["zh"]), "en": str(context["en"])}
    if detail["type"] in {"value_error", "assertion_error"}:
        zh, slash, en = str(context.get("error", "")).partition(" / ")
        return {"zh": zh, "en": en if slash else zh}
    if example := _EXAMPLES.get(str(context.get("pattern"))):
        return {"zh": f"应如 {example}", "en": f"Should be like {example}"}
    zh, en = _TEXTS.get(detail["type"], ("填写的内容不符合要求", detail["msg"]))
    return {"zh": _fill(zh, context), "en": _fill(en, context)}


_EXAMPLES: Final = {
    UNIT_PATTERN: "health@330382",
    REGION_PATTERN: "330382",
    REFERENCE_PATTERN: "乐卫健〔2027〕3号",
    WORKER_PATTERN: "T001",
    BAND_PATTERN: "35-64",
    TABLE_ROW_PATTERN: "yueqing-women-table-09",
}
"""Of texts whose pattern people need not read."""


def _fill(text: str, context: Mapping[str, Any]) -> str:
    try:
        return text.format_map(context)
    except (KeyError, ValueError):
        return text


_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "missing": ("必填", "This field is required"),
    "extra_forbidden": ("没有这个字段", "There is no such field"),
    "string_type": ("应为文字", "Should be text"),
    "string_too_short": ("至少 {min_length} 个字符", "At least {min_length} characters"),
    "string_too_long": ("最多 {max_length} 个字符", "At most {max_length} characters"),
    "string_pattern_mismatch": ("格式应为 {pattern}", "Should match {pattern}"),
    "literal_error": ("应为以下之一：{expected}", "Should be one of {expected}"),
    "enum": ("应为以下之一：{expected}", "Should be one of {expected}"),
    "bool_type": ("应为 true 或 false", "Should be true or false"),
    "bool_parsing": ("应为 true 或 false", "Should be true or false"),
    "int_type": ("应为整数", "Should be a whole number"),
    "int_parsing": ("应为整数", "Should be a whole number"),
    "int_from_float": ("应为整数", "Should be a whole number"),
    "float_type": ("应为数字", "Should be a number"),
    "float_parsing": ("应为数字", "Should be a number"),
    "finite_number": ("应为有限的数字", "Should be a finite number"),
    "int_parsing_size": ("数字过大", "The number is too large"),
    "json_invalid": ("不是有效的 JSON", "Not valid JSON"),
    "string_unicode": ("应为有效的 Unicode 文字", "Should be valid Unicode text"),
    "greater_than": ("应大于 {gt}", "Should be greater than {gt}"),
    "greater_than_equal": ("应不小于 {ge}", "Should be at least {ge}"),
    "less_than": ("应小于 {lt}", "Should be less than {lt}"),
    "less_than_equal": ("应不大于 {le}", "Should be at most {le}"),
    "uuid_type": ("应为 UUID", "Should be a UUID"),
    "uuid_parsing": ("应为 UUID", "Should be a UUID"),
    "list_type": ("应为列表", "Should be a list"),
    "tuple_type": ("应为列表", "Should be a list"),
    "dict_type": ("应为对象", "Should be an object"),
    "model_type": ("应为对象", "Should be an object"),
    "model_attributes_type": ("应为对象", "Should be an object"),
    "too_short": ("至少 {min_length} 项", "At least {min_length} items"),
    "too_long": ("最多 {max_length} 项", "At most {max_length} items"),
    "union_tag_invalid": ("{discriminator} 应为以下之一：{expected_tags}", "Should be one of {expected_tags}"),
    "union_tag_not_found": ("缺少 {discriminator}", "{discriminator} is missing"),
    "none_required": ("应为空", "Should be empty"),
    **dict.fromkeys(
        ("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "timezone_aware"),
        (
            "应为带时区的时间，如 2026-03-01T08:30:00+08:00",
            "Should be a time with zone, e.g. 2026-03-01T08:30:00+08:00",
        ),
    ),
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        ("应为日期，如 2026-03-01", "Should be a date, e.g. 2026-03-01"),
    ),
}


class BodyLimit:
    """Reads the body before the application does and answers 413 when it is too large."""

    def __init__(self, app: ASGIApp, limit: int = BODY_LIMIT) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await self._read(receive)
        if body is None:
            await too_large(self._limit).response()(scope, receive, send)
        else:
            await self._app(scope, _replay(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._limit:
                return None
            more = message.get("more_body", False)
        return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Callable[[], Any]:
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return pending.pop() if pending else await receive()

    return next_message
