"""What `liandong` says where no server is needed, and that its exit codes are true."""

import json
from pathlib import Path

import pytest
from rich.table import Table
from typer.testing import CliRunner, Result

from contracts import registry
from deploy import cli, workflow_cli
from deploy.terminal import say
from workflows.errors import DefinitionError
from workflows.loader import Workflows

COMMANDS = (
    *("up", "status", "demo", "verify", "provision", "workflow", "policy", "indicators", "contracts", "quarantine"),
    *("backup", "restore", "republish"),
)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, arguments)


def test_help_names_every_command() -> None:
    shown = run("--help").output
    assert all(command in shown for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_in_chinese_and_english(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert " / " in result.output
    assert any("\u4e00" <= letter <= "\u9fff" for letter in result.output)


def test_backup_without_a_folder_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIANDONG_BACKUP", raising=False)
    for command in ("backup", "restore"):
        result = run(command)
        assert (result.exit_code, "LIANDONG_BACKUP" in result.output) == (1, True)


def test_misuse_is_exit_code_2() -> None:
    assert run("upp").exit_code == 2
    assert run("quarantine", "show", "not-an-id").exit_code == 2


def test_id_of_a_case_that_is_none_says_in_chinese_where_to_find_one() -> None:
    result = run("policy", "explain", "nope")
    assert (result.exit_code, "案件编号应为" in result.output) == (2, True)


def test_table_that_is_too_wide_is_folded_and_nothing_of_it_is_cut(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    words = "编号", "名称", "yueqing-women-table-09", "获得法律机构援助的妇女人数，包括农村妇女"
    table = Table(*words[:2], box=None)
    table.add_row(*words[2:])
    say([table])
    assert sorted(capsys.readouterr().out.replace("\n", "").replace(" ", "")) == sorted("".join(words))


def test_workflows_are_listed_proved_and_drawn() -> None:
    listed = run("workflow", "list").output
    assert "dv_warning v1" in listed
    assert run("workflow", "check").exit_code == 0
    drawn = run("workflow", "draw", "dv_warning")
    assert drawn.exit_code == 0
    assert "```mermaid" in drawn.output


def test_workflow_that_does_not_exist_cannot_be_drawn() -> None:
    result = run("workflow", "draw", "no_such")
    assert (result.exit_code, "no_such" in result.output) == (1, True)


def test_definition_that_fails_a_proof_fails_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(**_: object) -> Workflows:
        raise DefinitionError("every_state_is_reachable", "dv_warning.yaml", 12, "no way to `lost`")

    monkeypatch.setattr(workflow_cli, "load_workflows", load)
    result = run("workflow", "check")
    assert result.exit_code == 1
    assert "dv_warning.yaml:12" in result.output


def test_contracts_that_differ_from_their_lock_fail_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "check", list)
    assert run("contracts", "check").exit_code == 0
    monkeypatch.setattr(registry, "check", lambda: ["a.json is not what LOCK says"])
    result = run("contracts", "check")
    assert result.exit_code == 1
    assert "a.json is not what LOCK says" in result.output


def test_breaking_change_is_not_exported(monkeypatch: pytest.MonkeyPatch) -> None:
    def export() -> None:
        raise registry.BreakingChangeError("liandong.case.advanced.v1: #/required")

    monkeypatch.setattr(registry, "export", export)
    result = run("contracts", "export")
    assert (result.exit_code, "#/required" in result.output) == (1, True)


def test_status_of_a_home_where_nothing_runs_is_exit_code_1(tmp_path: Path) -> None:
    result = run("status", "--home", str(tmp_path))
    assert (result.exit_code, "No system runs" in result.output) == (1, True)


@pytest.mark.parametrize("command", [("verify",), ("quarantine", "list")])
def test_home_without_data_is_told_what_to_do_first(tmp_path: Path, command: tuple[str, ...]) -> None:
    result = run(*command, "--home", str(tmp_path))
    assert result.exit_code == 1
    assert "liandong up" in result.output


def test_sent_file_that_is_none_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "sent.jsonl"
    bad.write_text(json.dumps({"kind": "wish", "accepted": True}), encoding="utf-8")
    result = run("verify", "--sent", str(bad), "--home", str(tmp_path))
    assert (result.exit_code, "sent.jsonl" in result.output) == (1, True)


def test_provision_needs_servers_to_provision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIANDONG_POSTGRES_DSN", raising=False)
    result = run("provision", "--secrets", str(tmp_path))
    assert (result.exit_code, "LIANDONG_POSTGRES_DSN" in result.output) == (1, True)
