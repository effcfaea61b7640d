"""What a gateway is given to say. Whoever holds the telephone may not be the addressee, so no text names a person, an
address, an agency or the kind of case; a recall names the place of the check and no diagnosis (law.md SM-D, D2U)."""

from typing import Final
from uuid import UUID

from contracts.codes import NoticeTemplate

TO_UNIT: Final = "贵单位收到一项告知（{title}），编号{number}，请登录收件箱查看。"
TO_PERSON: Final = "您有一项事项，编号{number}，请拨打12345联系。"
TO_PERSON_BY_TEMPLATE: Final = {
    NoticeTemplate.RECEIPT: "您有一项事项已登记，编号{number}，请拨打12345联系。",
    NoticeTemplate.PROGRESS: "您有一项事项有新的进展，编号{number}，请拨打12345联系。",
    NoticeTemplate.RESULT: "您有一项事项已有结果，编号{number}，请拨打12345联系。",
    NoticeTemplate.COPY: "您有一份材料待领取，编号{number}，请拨打12345联系。",
    NoticeTemplate.RECALL: "您参加的健康检查有后续安排，编号{number}，请到原检查地点或拨打12345联系。",
}


def title(template: str) -> str:
    """What the addressee sees: neither the kind of case nor an address."""
    known = NoticeTemplate.known(template)
    return known.label_zh if known else template


def number(notice_id: UUID) -> str:
    """By which an addressee and the unit speak of a notice; eight characters."""
    return notice_id.hex[:8].upper()


def text_for_unit(template: str, notice_id: UUID) -> str:
    return TO_UNIT.format(title=title(template), number=number(notice_id))


def text_for_person(template: str, notice_id: UUID) -> str:
    known = NoticeTemplate.known(template)
    return (TO_PERSON_BY_TEMPLATE.get(known, TO_PERSON) if known else TO_PERSON).format(number=number(notice_id))
