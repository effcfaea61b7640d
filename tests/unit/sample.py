"""A definition that uses what the engine offers and no shipped one need use: referral, conference, terms, handover."""

from datetime import date
from functools import cache
from typing import Any

from tests.unit.stories import MONDAY, TOWN, Story, loaded, report
from workflows.loader import Emergency, Workflow, load_definition
from workflows.policy import Policy
from workflows.rules import Rule, Step

FEDERATION = "womens-federation@330382"
CIVIL = "civil-affairs@330382"
EDUCATION = "education@330382"
BUREAU = "police-bureau@330382"
COURT = "court@330382"
PROTECTION = "child-protection@330382"

TEXT = """
workflow: sample
version: 1
title: 样例
law: 样例
opens:
  - {event: liandong.report.submitted.v1, state: open}
  - {event: case, state: open}
join:
  roles: [victim]
counters: {returns: 退回, opinion.done: 已表态单位, opinion.police-bureau: 公安机关表态}
states:
  open: {code: S0, title: 待办, owner: child-protection, no_clock: 样例}
  referred: {code: S1, title: 待接收, owner: sender, deadlines: [{rule: sample-silence}]}
  returned: {code: S1R, title: 被退回, owner: sender, no_clock: 样例}
  served: {code: S2, title: 服务中, owner: receiver, deadlines: [{rule: sample-work}]}
  meeting: {code: S3, title: 会商, owner: child-protection, no_clock: 样例, tasks: [opinion]}
  order: {code: S4, title: 保护令有效, owner: court, deadlines: [{rule: sample-order, until: ends_on}]}
  expired: {code: S5, title: 到期, owner: court, no_clock: 样例}
  closed: {code: S9, title: 结案, owner: child-protection, public: closed, final: true}
tasks:
  support:
    title: 帮扶
    unit: womens-federation
    acceptance: handshake
    answer: sample-answer
    deadline: sample-work
    reroute: civil-affairs
    fields: {helped_at: {title: 帮扶时间, type: time}}
    milestones: [{name: support.given, at: helped_at}]
  police_help:
    title: 协助
    unit: police-bureau
    acceptance: duty
    answer: sample-answer
    deadline: sample-work
  opinion:
    title: 会商意见
    each: members
    tally: view
    fields: {view: {title: 意见, type: code, codes: {agree: 同意, dissent: 不同意}}}
  guidance: {title: 家庭教育指导, unit: womens-federation, where: {decisions: guidance}}
  shelter: {title: 临时庇护, unit: civil-affairs, where: {decisions: shelter}}
actions:
  - {name: refer, title: 转介, from: [open], tasks: [support, police_help]}
  - name: grade
    title: 分级
    from: [open]
    where: {grade: [red, yellow]}
    fields:
      grade: {title: 风险等级, type: code, codes: {red: 红, yellow: 黄, blue: 蓝}}
  - name: hand_over
    title: 移交
    from: [open]
    to: referred
    places: {sender: actor, receiver: to_unit}
    fields: &to {to_unit: {title: 接收单位, type: unit}}
  - {name: accept, title: 接收, from: [referred], to: served, by: [receiver]}
  - {name: hand_back, title: 退回, from: [referred], to: returned, by: [receiver], limit: {returns: 2}, counts: returns,
     places: {returner: actor}}
  - {name: hand_again, title: 直达, from: [returned], to: referred, places: {receiver: returner}}
  - {name: silence, title: 无人接收, timer: sample-silence, from: [referred], to: served, places: {receiver: court}}
  - {name: convene, title: 召集会商, from: [open], to: meeting,
     fields: {members: {title: 成员单位, type: units, kinds: [police-bureau, education, civil-affairs]}}}
  - name: conclude
    title: 形成结论
    from: [meeting]
    to: open
    least: {opinion.done: 2, opinion.police-bureau: 1}
    closes: [opinion]
    tasks: [guidance, shelter]
    fields: {decisions: {title: 决定, type: codes, codes: {guidance: 家庭教育指导, shelter: 临时庇护}}}
  - {name: grant, title: 作出保护令, from: [open], to: order,
     fields: {ends_on: {title: 有效期至, type: day, required: false}}}
  - {name: revoke, title: 撤销, from: [order], to: closed}
  - {name: expire, title: 到期, timer: sample-order, from: [order], to: expired}
  - {name: tell_police, title: 报案, from: [open],
     children: [{workflow: mandatory_report, state: reported, relation: harm, reporter: child_welfare_institution,
                 carries: {suspect_relation: who}}]}
  - {name: close, title: 结案, from: [open, returned, served, meeting, order, expired], to: closed}
"""


def rule(name: str, value: int, unit: Any, **more: Any) -> Rule:
    law: dict[str, Any] = {"title": name, "article": f"{name} 第一条", "law_class": "STAT"}
    dated = {"roll": "none"} if unit in {"calendar_days", "months", "years"} else {}
    return Rule(id=name, value=value, unit=unit, effective_from=date(2020, 1, 1), **(law | dated | more))


@cache
def policy() -> Policy:
    national = next(iter(loaded())).policy
    climbs = (Step(unit="womens-children-committee"),)
    added = [
        rule("sample-answer", 24, "clock_hours", ladder=climbs),
        rule("sample-work", 10, "calendar_days", ladder=climbs),
        rule("sample-silence", 48, "clock_hours", ladder=climbs),
        rule("sample-order", 6, "months", term=True, remind_days=(30, 14, 7)),
    ]
    return Policy([*national, *added])


@cache
def sample(text: str = TEXT) -> Workflow:
    emergency = Emergency("child_referral", "received", "child")
    return Workflow(load_definition(text, policy()), policy(), emergency=emergency)


def sample_story(*, minor: bool = True, danger: bool = False) -> Story:
    made = report("report.submitted", MONDAY, kind="harm_to_minor", region=TOWN)
    return Story(sample()).reported(made, minor=minor, danger=danger)
