"""How police and prosecutors work on a report of harm (SM-A)."""

from typing import Final

from deploy.demo.habits.desk import (
    POLICE_WRITERS,
    Desk,
    Fields,
    Habits,
    Move,
    close,
    new_station,
    number,
    plain,
    result,
    timed,
)


def _reported(desk: Desk) -> Move | None:
    if desk.has(0.04):
        return None  # silence: after two hours the command centre has it
    if desk.has(0.04):
        return desk.move("receive_referral", 0)
    return desk.move("receive", desk.hours(0, 0, late=(0.08, 1, 1.9)))


def _not_received(desk: Desk) -> Move:
    return desk.move("receive", desk.hours(0, 0, late=(0.4, 1, 6)))


def _received(desk: Desk) -> Move:
    if desk.first("transfer_jurisdiction", 0.06):
        return desk.move("transfer_jurisdiction", desk.hours(1, 12))
    if desk.first("extend_review", 0.06):
        return desk.move("extend_review", desk.hours(5, 20))
    criminal = desk.case.fields.get("track") == "criminal"
    hours = desk.hours(2, 60, late=(0.08, 75, 160)) if criminal else desk.hours(2, 21, late=(0.08, 26, 120))
    if desk.has(0.08):
        return desk.move("close_not_police_matter", hours, reason="not_police_matter")
    if desk.has(0.04):
        return desk.move("close_duplicate", hours, reason="duplicate")
    if criminal and desk.has(0.25):
        return desk.move("not_file", hours)
    return desk.move("file_criminal" if criminal else "accept_admin", hours)


def _beside(desk: Desk) -> Move | None:
    """What may be done beside the step, each at most once: feedback to who sent it, the prosecutor, an interview."""
    if desk.awaits("await_feedback"):
        return desk.move("feed_back", desk.hours(10, 60, late=(0.2, 100, 300)), by="police-station")
    if desk.case.minor and desk.first("intervene_early", 0.08):
        return desk.move("intervene_early", desk.hours(1, 30), by="procuratorate")
    if desk.case.minor and desk.first("record_interview", 0.2):
        return desk.move("record_interview", desk.hours(5, 40))
    pupils = desk.case.fields.get("suspect_relation") == "fellow_pupil"
    if pupils and desk.case.minor and desk.case.relation != "bullying" and desk.first("refer_bullying", 0.4):
        return desk.move("refer_bullying", desk.hours(10, 50))
    return None


def _referred_in(desk: Desk) -> Move:
    if desk.first("tell_incomplete", 0.3):
        return desk.move("tell_incomplete", desk.hours(2, 20))
    return desk.move("not_file" if desk.has(0.4) else "file_criminal", desk.hours(20, 70, late=(0.1, 80, 160)))


def _transferred(desk: Desk) -> Move:
    if desk.first("return_transfer", 0.12):
        return desk.move("return_transfer", desk.hours(2, 20))
    return desk.move("receive_transfer", desk.hours(2, 20, late=(0.1, 26, 60)))


def _admin_case(desk: Desk) -> Move:
    if beside := _beside(desk):
        return beside
    if desk.first("refer_protection", 0.25) and desk.case.minor:
        return desk.move("refer_protection", desk.hours(5, 40))
    move = result(desk, least=150, most=600)
    if move.action != "record_outcome":
        return move
    choice = desk.rng.choices(["decide_penalty", "decide_no_penalty", "upgrade_criminal"], [70, 22, 8])[0]
    return desk.move(choice, move.hours)


def _criminal_case(desk: Desk) -> Move | None:
    if beside := _beside(desk):
        return beside
    if desk.first("refer_protection", 0.3) and desk.case.minor:
        return desk.move("refer_protection", desk.hours(10, 60))
    if desk.has(0.07):
        return desk.move("withdraw", desk.hours(400, 1200))
    hours = desk.hours(500, 1400)
    if desk.case.minor and not desk.done.get("tell_before_transfer"):
        return desk.move("tell_before_transfer", hours)
    return desk.move("transfer_for_prosecution", hours + 24)


def _prosecution(desk: Desk) -> Move:
    return desk.move("not_prosecuted" if desk.has(0.08) else "judged", desk.hours(1200, 3400))


def _not_filed(desk: Desk) -> Move:
    if desk.counted("referrals") and desk.first("apply_referral_review", 0.5):
        return desk.move("apply_referral_review", desk.hours(20, 60), by="police-bureau")
    if desk.first("ask_supervision", 0.3):
        return desk.move("ask_supervision", desk.hours(60, 200), by="procuratorate")
    if desk.first("apply_reconsideration", 0.2):
        return desk.move("apply_reconsideration", desk.hours(60, 150))
    return desk.move("close", desk.hours(250, 500))


def _review(desk: Desk) -> Move:
    action = "overturn" if desk.has(0.3) else "uphold"
    return desk.move(action, desk.hours(200, 650, late=(0.15, 740, 900)))


def _referral_review(desk: Desk) -> Move:
    return desk.move("overturn" if desk.has(0.3) else "uphold", desk.hours(20, 66))


def _supervision(desk: Desk) -> Move | None:
    if any(task.kind == "explain_reasons" for task in desk.case.tasks.values()):
        return None
    return desk.move("give_reasons", desk.hours(200, 260))


def _reasons_given(desk: Desk) -> Move:
    return desk.move("notify_to_file" if desk.has(0.6) else "accept_reasons", desk.hours(40, 200))


def _told_to_file(desk: Desk) -> Move:
    return desk.move("file_criminal", desk.hours(0, 0, late=(0.3, 20, 450)))


def _document(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    return {"document": number(desk, "公文")}


def _told(desk: Desk, now: str) -> Fields:
    return {"second_person": f"w-{desk.rng.randint(1000, 9999)}", "told_reporter_at": now}


def _receive(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    track = desk.rng.choices(["administrative", "criminal", "undetermined"], [50, 42, 8])[0]
    return {"receipt_no": number(desk, "接报"), "track": track}


def _extension(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    criminal = desk.case.fields.get("track") == "criminal"
    return {"extension": "leads" if criminal else "difficult", "approval": number(desk, "延期")}


def _omission(desk: Desk, now: str) -> Fields:  # noqa: ARG001
    known = desk.case.opened_at.isoformat()
    return {"known_at": known, "omission": "not_reported", "superior_blocked": False, "authority": desk.near("health")}


def _filing(desk: Desk, now: str) -> Fields:
    """Each body files with the authority that it answers to."""
    kinds = {report.reporter_unit.partition("@")[0] for report in desk.case.reports.values() if report.reporter_unit}
    authority = next((_AUTHORITIES[kind] for kind in sorted(kinds) if kind in _AUTHORITIES), "civil_affairs")
    return {"filed_at": now, "authority": authority}


_AUTHORITIES: Final = {
    "school": "education",
    "kindergarten": "education",
    "hospital": "health",
    "hotel": "public_security",
}

_DOCUMENTED: Final = (
    *("accept_admin", "file_criminal", "upgrade_criminal", "decide_penalty", "decide_no_penalty", "withdraw", "judged"),
    *("transfer_for_prosecution", "not_prosecuted", "overturn", "uphold", "give_reasons", "notify_to_file"),
)


HABITS: Final = Habits(
    states={
        "reported": _reported,
        "not_received": _not_received,
        "received": _received,
        "referred_in": _referred_in,
        "transferred": _transferred,
        "admin_case": _admin_case,
        "criminal_case": _criminal_case,
        "not_filed": _not_filed,
        "review": _review,
        "referral_review": _referral_review,
        "supervision": _supervision,
        "reasons_given": _reasons_given,
        "told_to_file": _told_to_file,
        "decided": close,
        "withdrawn": close,
        "prosecution": _prosecution,
    },
    hours={"file_to_authority": (3, 60), "explain_reasons": (40, 150), "protection_services": (20, 100)},
    left=frozenset({"await_feedback", "owe_feedback"}),
    writers={
        "receive": _receive,
        "receive_referral": lambda desk, now: _receive(desk, now) | {"track": "criminal"},
        "return_transfer": plain(reason="wrong_jurisdiction"),
        "intervene_early": timed("attended_at"),
        "record_interview": lambda desk, now: {"interviewed_at": now, "one_stop": desk.has(0.8)},
        "apply_referral_review": timed("applied_at"),
        "receive_transfer": _receive,
        "transfer_jurisdiction": lambda desk, _: {
            "new_station": new_station(desk),
            "transfer_note": number(desk, "移送"),
        },
        "extend_review": _extension,
        "close_not_police_matter": _told,
        "close_duplicate": _told,
        "not_file": lambda desk, _: {"reason": "no_crime", **_document(desk, "")},
        "apply_reconsideration": timed("applied_at"),
        "find_omission": _omission,
        "file_to_authority": _filing,
        "explain_reasons": lambda desk, _: {"document": number(desk, "说明")},
        "protection_services": plain(services=["psychological", "judicial_aid"]),
        **dict.fromkeys(_DOCUMENTED, _document),
        **POLICE_WRITERS,
    },
)
