"""What `liandong indicators` says of the plans' targets and of what can be computed."""

import json

import pytest
from typer.testing import CliRunner, Result

from deploy import cli, indicators_cli
from services.statistics.catalogue import list_targets
from services.statistics.milestones import milestones


def run(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli.app, ["indicators", *arguments])


def test_a_city_with_tables_shows_them_with_baseline_target_and_keeper() -> None:
    shown = run("list", "--city", "衢州市", "--kind", "table")
    assert shown.exit_code == 0
    said = shown.output.splitlines()
    lines = {line.split()[1]: line + said[at + 1] for at, line in enumerate(said) if "quzhou-children-table" in line}
    assert len(lines) == 11
    for word in ("获得法律机构援助的未成年人数（人）", "656", "应援尽援", "司法行政部门"):
        assert word in lines["quzhou-children-table-08"]
    assert all(word in lines["quzhou-children-table-02"] for word in ("0.8", "1 ?", "未载明"))
    assert all(word in shown.output for word in ("基期 2020", "目标 2025"))
    assert "11 个目标 / targets，其中 2 个数值存疑" in shown.output


def test_ids_and_names_are_whole_in_a_terminal_of_eighty_columns() -> None:
    shown = CliRunner(env={"COLUMNS": "80"}).invoke(
        cli.app, ["indicators", "list", "--city", "温州", "--plan", "women"]
    )
    assert all(row.id in shown.output for row in list_targets(city="温州", plan="women"))
    assert "妇女国民体质合格率（%）" in shown.output


def test_zunyi_has_the_targets_of_its_children_s_plan_alone() -> None:
    shown = run("list", "--city", "zunyi").output
    assert "遵义市 520300　儿童发展规划 / children" in shown
    assert "妇女" not in shown
    assert "77 个目标 / targets" in shown


def test_an_empty_list_says_which_plans_are_not_there() -> None:
    shown = run("list", "--city", "遵义", "--plan", "women")
    assert (shown.exit_code, "0 个目标" in shown.output) == (0, True)
    assert "衢州市妇女发展规划、遵义市妇女发展规划" in shown.output


def test_lists_are_narrowed_by_what_is_asked() -> None:
    assert "189 个目标" in run("list", "--computable").output
    assert "5 个目标" in run("list", "--uncertain").output
    rows = json.loads(run("list", "--key", "dv-warning-issued", "--plan", "women", "--json").output)
    assert [row["id"] for row in rows if row["region"] == "330300"] == ["wenzhou-women-law-05", "wenzhou-women-law-08"]


def test_a_target_is_shown_with_words_number_doubt_and_source() -> None:
    shown = run("show", "wenzhou-women-table-08").output
    for word in ("温州市 330300", "妇女与决策管理", "91.67（2020）", "换届后当年达到100%，平时保持在85%以上", "≥ 85 %"):
        assert word in shown
    assert "数值存疑" in shown
    assert "按与第 7 行合并的单元格理解" in shown
    assert "004_484bcc96cf17952f.txt:57" in shown


def test_a_baseline_that_the_plan_does_not_have_is_not_zero() -> None:
    assert "基期 / baseline: 无数据" in run("show", "yueqing-children-table-03").output


def test_a_computable_key_is_shown_with_its_formula_and_every_city_s_sentences() -> None:
    shown = run("show", "dv-follow-up-visit").output
    assert "家庭暴力案件按期回访率" in shown
    assert "D：日 / days" in shown
    assert "家庭暴力案件按期回访率：分母为当年“出具告诫书（送达）”的家庭暴力告诫案件" in shown
    assert "formula: Main (share of cases): dv_warning cases with warning.issued" in shown
    assert "开展家庭暴力案件后续跟踪回访（wenzhou-women-law-12）" in shown
    assert "乐清市 330382：无此目标" in shown
    assert "遵义市 520300：无此目标 / no such target（目录未收遵义市妇女发展规划" in shown


def test_a_city_whose_plan_on_the_matter_is_there_says_no_by_leaving_it_out() -> None:
    lines = run("show", "street-child-referral").output.splitlines()
    assert [line for line in lines if "520300" in line] == ["  遵义市 520300：无此目标 / no such target"]


def test_a_mended_formula_says_why() -> None:
    shown = run("show", "dv-shelter").output
    assert "算法的修正及理由：比例以当年的请求为准" in shown
    assert "mended: The rate is of those requested in Y" in shown
    assert "mended" not in run("show", "dv-follow-up-visit").output


def test_a_target_with_a_formula_of_its_own_shows_it() -> None:
    shown = run("show", "yueqing-women-health-04").output
    assert "见分项“宫颈癌筛查任务完成率、乳腺癌筛查任务完成率”" in shown
    assert "task number for Y" in shown
    assert "（yueqing-women-health-04，另有算法 / own formula）" in run("show", "two-cancer-screening-coverage").output


def test_an_external_key_is_shown_with_whose_number_it_is() -> None:
    shown = run("show", "juvenile-offender-share").output
    assert "公安机关 / police；人民法院 / courts" in shown
    assert "formula" not in shown


def test_json_has_the_formula_of_a_key_and_the_targets_beside_it() -> None:
    found = json.loads(run("show", "dv-recurrence", "--json").output)
    assert (found["unit"], found["case_types"]) == ("pair", ["dv_warning"])
    assert [row["id"] for row in found["targets"]] == ["liaocheng-women-law-01"]
    assert json.loads(run("show", "yueqing-women-table-06", "--json").output)["baseline"] == 9.43


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        (("show", "dv-warnin-issued"), "dv-warning-issued"),
        (("show", "yueqing-woman-table-01"), "yueqing-women-table-01"),
        (("list", "--key", "bullying-handing"), "bullying-handling"),
    ],
)
def test_a_wrong_name_is_answered_in_both_languages_with_the_nearest(arguments: tuple[str, ...], near: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert all(word in result.output for word in ("相近的有", "near:", near))


def test_a_name_that_is_near_nothing_is_answered_with_where_to_look() -> None:
    for arguments in (("show", "nope"), ("list", "--key", "nope")):
        output = run(*arguments).output
        assert "列表：liandong indicators list / " in output
        assert "相近" not in output


@pytest.mark.parametrize("city", ["33", "温洲", ""])
def test_a_wrong_city_is_answered_with_all_there_are(city: str) -> None:
    result = run("list", "--city", city)
    assert (result.exit_code, "可用：温州市、乐清市、衢州市、聊城市、遵义市" in result.output) == (1, True)


def test_a_plan_or_kind_that_there_is_not_is_misuse() -> None:
    assert run("list", "--plan", "men").exit_code == 2
    assert run("list", "--kind", "chart").exit_code == 2


def test_declarations_are_proved_and_a_name_that_stands_for_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    proved = run("check")
    assert (proved.exit_code, proved.output.strip()) == (
        0,
        "48 项指标、110 个数通过校验。 / 48 indicators, 110 numbers proved.",
    )
    unknown = {name: entry for name, entry in milestones().items() if name != "warning.issued"}
    monkeypatch.setattr(indicators_cli, "milestones", lambda: unknown)
    refused = run("check")
    assert refused.exit_code == 1
    assert "warning.issued" in refused.output
