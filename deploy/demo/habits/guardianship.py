"""How civil affairs, procuratorate and court work on the revocation of a guardianship (SM-G)."""

from typing import Final

from deploy.demo.habits.desk import Desk, Fields, Habits, Way, number, ways

_GROUNDS: Final = ("severe_harm", "left_in_danger", "duty_refused", "unable_and_unwilling")


def _petition(desk: Desk, now: str) -> Fields:
    return {"filed_at": now, "filed_by": "civil_affairs", "grounds": [desk.rng.choice(_GROUNDS)]}


def _judge(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    """Most petitions succeed; who assaulted the child is never restored."""
    proved: list[str] = [str(ground) for ground in _ticked(desk)]
    barred = ["sexual_assault"] if "severe_harm" in proved and desk.has(0.4) else []
    view: Fields = {
        "judgment": number(desk, "判决"),
        "proved": proved,
        "barred_by": list(barred),
        "child_view": "heard",
    }
    if desk.has(0.2):
        return view | {"result": "dismissed"}
    appointed = desk.rng.choice(["civil_affairs", "relative", "village_committee"])
    return view | {"result": "revoked", "restoration": "barred" if barred else "may_apply", "appointed": appointed}


def _ticked(desk: Desk) -> list[str]:
    grounds = desk.case.fields.get("grounds")
    return grounds if isinstance(grounds, list) else ["severe_harm"]


HABITS: Final = Habits(
    states={
        "grounds_found": ways(
            Way("suggest_petition", (48, 200), share=0.35, once=True, by="procuratorate"),
            Way("name_petitioner", (60, 300), share=0.2, once=True),
            Way("decline", (200, 700), share=0.12),
            Way("petition", (120, 700), late=(0.2, 760, 1100)),
        ),
        "filed": ways(
            Way("support_petition", (20, 120), share=0.4, once=True, by="procuratorate"),
            Way("order_guidance", (60, 200), share=0.2, once=True),
            Way("withdraw_petition", (200, 400), share=0.06),
            Way("extend", (400, 600), share=0.15, once=True),
            Way("judge", (300, 640), late=(0.15, 760, 1000)),
        ),
        "judged": ways(Way("serve_judgment", (20, 100), late=(0.1, 200, 400))),
        "restoration_open": ways(Way("apply_for_restoration", (200, 3000), share=0.4, once=True)),
        "restoration_filed": ways(
            Way("restore", (200, 600), share=0.5),
            Way("refuse_restoration", (200, 600)),
        ),
    },
    writers={
        "petition": _petition,
        "judge": _judge,
        "apply_for_restoration": lambda desk, now: {"applied_at": now, "applicant_barred": False},  # noqa: ARG005
        "restore": lambda desk, now: {"child_view": "heard"},  # noqa: ARG005
        "refuse_restoration": lambda desk, now: {"child_view": "heard"},  # noqa: ARG005
        "decline": lambda desk, now: {"not_petitioned": desk.rng.choice(["guardian_reformed", "other_measure"])},  # noqa: ARG005
        "reply_suggestion": lambda desk, now: {"intent": "petition"},  # noqa: ARG005
    },
    hours={"reply_suggestion": (100, 600)},
)
