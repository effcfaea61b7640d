"""A release of a whole year with a cell of every status, made up for tests."""

import json
from functools import cache
from typing import Any

from contracts.releases import Release

SUPPRESSED = {"status": "suppressed"}
NO_DATA = {"status": "no_data"}
IMMATURE = {"status": "immature"}


def share(numerator: int, denominator: int, status: str = "final") -> dict[str, Any]:
    value = round(100 * numerator / denominator, 2)
    return {"status": status, "numerator": numerator, "denominator": denominator, "value": value}


def count(number: int, status: str = "final") -> dict[str, Any]:
    return {"status": status, "numerator": number, "value": number}


DEFINITIONS: list[dict[str, Any]] = [
    {
        "indicator": "dv-follow-up-visit",
        "part": "main",
        "version": 1,
        "kind": "share",
        "counts": "case",
        "title_zh": "家庭暴力案件按期回访率",
        "title_en": "Visits in time after a warning letter",
    },
    {
        "indicator": "dv-warning-issued",
        "part": "issued",
        "version": 2,
        "kind": "count",
        "counts": "document",
        "title_zh": "告诫书出具数",
        "title_en": "Warning letters issued",
    },
    {
        "indicator": "dv-shelter",
        "part": "hours",
        "version": 1,
        "kind": "median",
        "counts": "case",
        "title_zh": "从申请到入住庇护所的时间（中位数）",
        "title_en": "Median hours from request to shelter",
    },
]

RELATION = {
    "code": "relation",
    "title_zh": "施暴人是受害人的",
    "title_en": "What the perpetrator is to the victim",
    "codes": {"spouse": "配偶", "parent": "父母", "other": "其他"},
}

VISITS: dict[str, dict[str, Any]] = {
    "330300": share(326, 371),
    "330302": share(88, 92),
    "330303": share(61, 70, "provisional"),
    "330304": share(54, 54),
    "330305": NO_DATA,
    "330324": SUPPRESSED,
    "330326": share(38, 71),
    "330327": IMMATURE,
    "330328": SUPPRESSED,
    "330329": share(0, 12),
    "330381": share(47, 49),
    "330382": share(38, 41),
    "330383": SUPPRESSED,
}


def cell(
    indicator: str, part: str, region: str, figures: dict[str, Any], /, **dimensions: str | None
) -> dict[str, Any]:
    return {"indicator": indicator, "part": part, "region": region, "dimensions": dimensions, **figures}


def written(**changes: Any) -> dict[str, Any]:
    """The release as JSON, with changes."""
    release: dict[str, Any] = {
        "region": "330300",
        "period": "2026",
        "edition": 1,
        "published_on": "2027-03-15",
        "as_of": "2027-02-28",
        "signed_off_unit": "womens-children-committee@330300",
        "signed_off_worker": "wz-0117",
        "calendar": "1.11.0",
        "epoch": 1,
        "facts": 184_207,
        "grid": 1,
        "definitions": DEFINITIONS,
        "dimensions": [RELATION],
        "cells": [
            *(cell("dv-follow-up-visit", "main", region, figures) for region, figures in VISITS.items()),
            cell("dv-warning-issued", "issued", "330300", count(420, "provisional")),
            cell("dv-warning-issued", "issued", "330300", count(301, "provisional"), relation="spouse"),
            cell("dv-warning-issued", "issued", "330300", SUPPRESSED, relation="parent"),
            cell("dv-warning-issued", "issued", "330300", NO_DATA, relation="other"),
            cell("dv-warning-issued", "issued", "330300", count(0, "provisional"), relation=None),
            cell("dv-shelter", "hours", "330300", {"status": "final", "denominator": 23, "value": 5.5}),
        ],
    }
    return release | changes


def release(**changes: Any) -> Release:
    return Release.model_validate_json(json.dumps(written(**changes)))


@cache
def sample() -> Release:
    return release()
