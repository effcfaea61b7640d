"""Small named predicates. A definition names them; a refusal shows the reason, in both languages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from contracts.cases import Scalar
from workflows.model import Case

Fields = Mapping[str, Scalar]
Predicate = Callable[[Case, Fields], bool]


@dataclass(frozen=True, slots=True)
class Guard:
    """`holds` judges the case with the fields of the action at hand laid over its own."""

    holds: Predicate
    zh: str
    en: str


GUARDS: dict[str, Guard] = {}


def guard(zh: str, en: str) -> Callable[[Predicate], Predicate]:
    def register(predicate: Predicate) -> Predicate:
        GUARDS[predicate.__name__] = Guard(predicate, zh, en)
        return predicate

    return register


def _ticked(fields: Fields, name: str) -> frozenset[str]:
    value = fields.get(name)
    return frozenset(value) if isinstance(value, list) else frozenset()


# -- SM-B 家庭暴力告诫 (公通字〔2024〕34号) --------------------------------------------------------------------------


@guard(
    "认定家庭暴力成立方可认为符合条件；未成立的不得勾选符合条件",
    "criteria can be met only where violence is established",
)
def assessment_is_consistent(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    """Paragraph 6: ticking one of its grounds means that the criteria are met, unless 20 calls for a penalty."""
    established = fields["facts_found"] == "established"
    return established or not fields["criteria_met"]


@guard(
    "无争议：双方陈述或加证人证言；有争议：陈述之外还须一项佐证（第三、四条）",
    "the evidence paragraph 3 asks for is missing",
)
def evidence_supports_facts(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    """Paragraph 3. Undisputed: the perpetrator's statement and one more. Disputed: a statement and corroboration."""
    if fields["facts_found"] != "established":
        return True
    evidence = _ticked(fields, "evidence")
    told = evidence & {"victim_statement", "witness"}
    if fields["disputed"]:
        return bool(told) and len(evidence - {"perpetrator_statement"}) >= 2
    return "perpetrator_statement" in evidence and bool(told)


@guard("民警评估为符合出具条件后方可决定告诫", "the assessment says the criteria are not met")
def criteria_are_met(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("criteria_met") is True


@guard("存在第二十条情形，不得以告诫或批评教育代替处罚", "paragraph 20 forbids a warning in place of a penalty")
def warning_replaces_no_penalty(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return not _ticked(fields, "penalty_grounds") and not fields.get("prior_warning")


@guard("批评教育须有第七条情形", "criticism needs a ground of paragraph 7")
def criticism_is_grounded(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return bool(_ticked(fields, "criticism_grounds"))


@guard("符合出具条件而未出具的，应当填写理由", "give the reason why no letter is issued although the criteria are met")
def reason_given_when_letter_due(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return not fields.get("criteria_met") or bool(fields.get("reason_no_letter"))


@guard("评估结论应为家庭暴力成立", "the assessment must have established violence")
def facts_are_established(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("facts_found") == "established"


@guard("评估结论已认定家庭暴力成立", "the assessment has established violence")
def facts_are_not_established(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("facts_found") != "established"


@guard("告诫书尚未送达", "the letter has not been served yet")
def letter_is_served(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("service_mode") is not None


@guard("现场没有未成年人", "no child was present")
def children_present(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return bool(fields.get("children_present"))


@guard("查访结果应为再次施暴", "the visit did not find a recurrence")
def visit_found_recurrence(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("result") == "recurrence"


@guard(
    "查访须见到受害人和加害人双方（第十二条、反家庭暴力法第十七条）；未见到的请记录“查访未遇”",
    "a visit sees both parties",
)
def visit_met_both(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    return fields.get("result") == "clean" and fields.get("perpetrator_seen") is True and fields["victim_seen"] is True


@guard("尚未满连续三次", "not yet the third clean visit in a row")
def third_clean_visit(case: Case, fields: Fields) -> bool:  # noqa: ARG001
    """Paragraph 12. The seven-day visit is not counted (the text is silent; the stricter reading)."""
    return case.counters.get("clean_visits", 0) >= 2
