"""`liandong indicators`: what the plans want, and how what can be computed is counted."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from deploy import indicators_pages as pages
from deploy import releases_cli
from deploy.feeds_cli import denominators_app, external_app
from deploy.terminal import fail, say
from services.statistics import catalogue
from services.statistics.catalogue import CatalogueError, Kind, Plan, Target
from services.statistics.milestones import milestones
from services.statistics.proofs import find_faults
from workflows.errors import WorkflowError
from workflows.loader import load_workflows
from workflows.policy import load_policy

indicators_app = typer.Typer(help="规划目标与监测指标。 / Targets of the plans, and indicators.", no_args_is_help=True)
indicators_app.add_typer(denominators_app, name="denominators")
indicators_app.add_typer(external_app, name="external")

AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出。 / As JSON.")]


@indicators_app.command("list")
def indicators_list(  # noqa: PLR0917 - one parameter for each option
    city: Annotated[str | None, typer.Option(help="城市名或区划代码。 / A city's name or code.")] = None,
    plan: Annotated[Plan | None, typer.Option(help="妇女或儿童规划。 / Which plan.")] = None,
    key: Annotated[str | None, typer.Option(help="指标代码。 / Key of an indicator.")] = None,
    computable: Annotated[bool, typer.Option("--computable", help="只列本系统可计算的。 / Only from cases.")] = False,
    kind: Annotated[Kind | None, typer.Option(help="统计表或正文。 / From the plan's table or its text.")] = None,
    uncertain: Annotated[bool, typer.Option("--uncertain", help="只列数值存疑的。 / Only doubtful values.")] = False,
    as_json: AsJson = False,
) -> None:
    """按城市列出规划目标。 / List the targets, city by city."""
    try:
        rows = catalogue.list_targets(
            city=city, plan=plan, key=key, kind=kind, computable=computable or None, uncertain=uncertain or None
        )
    except CatalogueError as error:
        fail(str(error))
    if as_json:
        _print_json(_plain(rows))
    else:
        say(pages.of_targets(rows))


@indicators_app.command("show")
def indicators_show(
    name: Annotated[str, typer.Argument(help="目标编号或指标代码。 / Id of a target, or key of an indicator.")],
    as_json: AsJson = False,
) -> None:
    """一个目标及其出处，或一个指标的算法与各城市的规划原文。 / A target, or an indicator beside the plans' words."""
    if name in catalogue.targets():
        _show_target(catalogue.get_target(name), as_json=as_json)
    elif name in catalogue.all_keys():
        _show_key(name, as_json=as_json)
    else:
        fail(str(catalogue.unknown_name(name)))


@indicators_app.command("check")
def indicators_check() -> None:
    """校验指标声明：引用的步骤、字段、代码和参数都须存在。 / Prove that whatever the declarations name exists."""
    try:
        workflows = load_workflows()
        newest = {one.definition.workflow: workflows.get(one.definition.workflow).definition for one in workflows}
        faults = find_faults(catalogue.indicators(), milestones(), newest)
        parts = catalogue.define(load_policy())
    except (WorkflowError, CatalogueError, ValidationError) as error:
        fail(str(error))
    if faults:
        fail("\n".join(faults))
    keys = len(catalogue.indicators())
    say([f"{keys} 项指标、{len(parts)} 个数通过校验。 / {keys} indicators, {len(parts)} numbers proved."])


indicators_app.command("explain")(releases_cli.explain)
indicators_app.command("publish")(releases_cli.publish)
indicators_app.command("editions")(releases_cli.editions)
indicators_app.command("compare")(releases_cli.compare_editions)
indicators_app.command("export")(releases_cli.export)
indicators_app.command("warn")(releases_cli.warn)


def _show_target(row: Target, *, as_json: bool) -> None:
    if as_json:
        _print_json(_plain([row])[0])
    else:
        say(pages.of_target(row))


def _show_key(key: str, *, as_json: bool) -> None:
    rows, indicator = catalogue.list_targets(key=key), catalogue.indicators().get(key)
    if not as_json:
        say(pages.of_key(key, indicator, rows))
        return
    counting = indicator.model_dump(mode="json", by_alias=True, exclude_defaults=True) if indicator else {}
    _print_json({"key": key, **counting, "targets": _plain(rows)})


def _plain(rows: Sequence[Target]) -> list[dict[str, Any]]:
    return [row.model_dump(mode="json", exclude_defaults=True) for row in rows]


def _print_json(found: Any) -> None:
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
