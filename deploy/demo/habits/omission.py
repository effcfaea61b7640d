"""How procuratorate and competent authorities work on a duty to report that was not kept."""

from typing import Final

from deploy.demo.habits.desk import Desk, Fields, Habits, Way, ways

_AUTHORITIES: Final = {"school": "education", "kindergarten": "education", "training": "education", "medical": "health"}


def _is_blocked(desk: Desk) -> bool:
    return bool(desk.case.fields.get("superior_blocked"))


def _authority(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    holder = str(desk.case.fields.get("duty_holder"))
    return {
        "to_authority": desk.near(_AUTHORITIES.get(holder, "police-bureau" if holder == "hotel" else "civil-affairs"))
    }


def _establish(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    fields = desk.case.fields
    known = str(fields.get("known_at") or desk.case.opened_at.isoformat())
    return {
        "omission": str(fields.get("omission") or "not_reported"),
        "known_at": known,
        "superior_blocked": _is_blocked(desk),
        "serious_consequence": desk.has(0.3),
    }


def _sanction(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    chosen = desk.rng.choice(["criticism", "warning", "rectification", "discipline"])
    return {"sanctions": [chosen], "on_whom": ["person"], "heavier": _is_blocked(desk)}


HABITS: Final = Habits(
    states={
        "found": ways(
            Way("close_in_error", (10, 40), share=0.06),
            Way("notify_authority", (10, 60), late=(0.15, 150, 300)),
        ),
        "inquiry": ways(
            Way("return_notice", (20, 60), share=0.1, once=True),
            Way("rectify", (60, 150), share=0.3, once=True),
            Way("not_established", (150, 500), share=0.2),
            Way("establish", (150, 650), late=(0.15, 760, 1000)),
        ),
        "established": ways(
            Way("suggest", (10, 60), share=0.35, once=True, by="procuratorate"),
            Way("no_sanction", (100, 400), share=0.15),
            Way("sanction", (100, 600), late=(0.15, 760, 1000)),
        ),
        "decided": ways(
            Way("commend", (20, 90), share=0.3, once=True, by="youth-league"),
            Way("close", (100, 300)),
        ),
    },
    hours={"answer_suggestion": (100, 650)},
    writers={
        "notify_authority": _authority,
        "establish": _establish,
        "sanction": _sanction,
        "suggest": lambda desk, _: {"to_unit": desk.case.accountable},
        "commend": lambda _, __: {"commended": "medical", "honour": "praise"},
    },
)
