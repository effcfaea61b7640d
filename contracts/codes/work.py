"""Work on cases, whatever they are about: reasons, contacts, decisions, notices, hotline tickets."""

from contracts.codes.lists import CodeList


class Reason(CodeList):
    """Why a unit returns, declines, closes, pauses or cancels."""

    WRONG_JURISDICTION = "wrong_jurisdiction", "不属于本单位管辖"
    NOT_POLICE_MATTER = "not_police_matter", "不属于公安机关职责范围"
    DUPLICATE = "duplicate", "重复报告"
    NOT_PROVED = "not_proved", "证据不足，未能认定"
    NO_ISSUE = "no_issue", "经核查未发现问题"
    INCOMPLETE = "incomplete", "材料不全"
    PERSON_DECLINED = "person_declined", "本人不同意"
    UNREACHABLE = "unreachable", "无法联系"
    MOVED_AWAY = "moved_away", "已迁出"
    DECEASED = "deceased", "已死亡"
    APPRAISAL = "appraisal", "鉴定期间"
    RECORDED_IN_ERROR = "recorded_in_error", "误录"
    DONE = "done", "已办结"
    OTHER = "other", "其他"


class ReturnReason(CodeList):
    """Why a referral or a ticket goes back to whoever sent it."""

    WRONG_JURISDICTION = "wrong_jurisdiction", "不属于本单位职责或辖区"
    INCOMPLETE = "incomplete", "信息不全，无法办理"
    DUPLICATE = "duplicate", "重复转办"
    OTHER_UNIT_IN_CHARGE = "other_unit_in_charge", "其他单位已在办理"
    NO_CAPACITY = "no_capacity", "不具备服务条件"


class ContactMeans(CodeList):
    SMS = "sms", "短信"
    PHONE = "phone", "电话"
    VISIT = "visit", "上门"


class CallResult(CodeList):
    """What came of trying to reach somebody."""

    REACHED = "reached", "已联系上"
    PROMISED = "promised", "已联系上，答应前来"
    REFUSED = "refused", "已联系上，拒绝"
    NO_ANSWER = "no_answer", "无人接听、未回复、家中无人"
    WRONG_NUMBER = "wrong_number", "号码错误、空号"
    MOVED_AWAY = "moved_away", "已迁出"


class CourtDecision(CodeList):
    GRANTED = "granted", "支持申请"
    PARTLY_GRANTED = "partly_granted", "部分支持"
    REJECTED = "rejected", "驳回申请"
    WITHDRAWN = "withdrawn", "准予撤回"


class ReviewResult(CodeList):
    """Of a reconsideration, a review or an objection."""

    UPHELD = "upheld", "维持"
    CHANGED = "changed", "变更"
    REVOKED = "revoked", "撤销"


class NoticeTemplate(CodeList):
    """A notice names neither the kind of case nor an address; its text says only what the addressee must do."""

    RECEIPT = "receipt", "接报回执"
    PROGRESS = "progress", "进展反馈"
    RESULT = "result", "结果告知"
    COPY = "copy", "情况通报"
    RECALL = "recall", "健康检查提醒"


class HotlineLine(CodeList):
    """The codes are those of `Channel`."""

    HOTLINE_12338 = "hotline_12338", "12338妇女维权热线"
    HOTLINE_12355 = "hotline_12355", "12355青少年服务热线"
    HOTLINE_12345 = "hotline_12345", "12345政务服务便民热线"
    CHILD_LINE = "child_line", "未成年人保护热线"


class TicketCategory(CodeList):
    CONSULT = "consult", "咨询"
    HELP = "help", "求助"
    COMPLAINT = "complaint", "投诉"
    SUGGESTION = "suggestion", "建议"
    EMERGENCY = "emergency", "紧急求救"
    REPORT_LEAD = "report_lead", "举报、线索"


class TicketUrgency(CodeList):
    NORMAL = "normal", "一般"
    URGENT = "urgent", "紧急"
    CRITICAL = "critical", "特急"


class TicketTopic(CodeList):
    """What a ticket is about. Of some topics nothing is written down freely."""

    DV = "dv", "家庭暴力"
    SEXUAL_VIOLENCE = "sexual_violence", "性侵害、性骚扰"
    CHILD = "child", "未成年人保护"
    HEALTH = "health", "妇幼健康"
    RIGHTS = "rights", "婚姻家庭、劳动等权益"
    OTHER = "other", "其他"

    @property
    def sensitive(self) -> bool:
        return self in {TicketTopic.DV, TicketTopic.SEXUAL_VIOLENCE, TicketTopic.CHILD}


class TicketOutcome(CodeList):
    ANSWERED = "answered", "当场答复"
    RESOLVED = "resolved", "已解决"
    EXPLAINED = "explained", "未能解决，已说明理由"
    REFERRED = "referred", "已转介、移送"
    WITHDRAWN = "withdrawn", "来电人撤回"
    UNVERIFIED = "unverified", "信息不足，无法核实"


class Satisfaction(CodeList):
    SATISFIED = "satisfied", "满意"
    FAIR = "fair", "基本满意"
    DISSATISFIED = "dissatisfied", "不满意"
    NOT_RATED = "not_rated", "未评价"
    NOT_REACHED = "not_reached", "回访未接通"
