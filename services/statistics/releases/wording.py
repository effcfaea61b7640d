"""How each indicator of an edition is counted, in words that are frozen with it. Pure."""

from collections.abc import Mapping, Sequence

from contracts.codes import DenominatorName, label_zh
from services.statistics.catalogue import SETTING_UNITS_ZH, Indicator, SettingUnit, indicators
from services.statistics.export.workbook import Explained
from services.statistics.releases.figures import Figure


def explain(figures: Sequence[Figure]) -> dict[str, Explained]:
    """By indicator, as far as the catalogue has it. `figures` are those of one city, whose settings they have."""
    titles = {one.key: one.title_zh for one in figures}
    found = {}
    for key in indicators().keys() & {one.indicator for one in figures}:
        own = [one for one in figures if one.indicator == key]
        notes = {one.part: note for one in own if (note := note_of(one, titles))}
        indicator = indicators()[key]
        settings = settings_zh(indicator, own[0].settings)
        found[key] = Explained(indicator.meaning, "\n".join(indicator.readings_zh), settings, notes)
    return dict(sorted(found.items()))


def settings_zh(indicator: Indicator, values: Mapping[str, int | str]) -> str:
    """Those that have a value: `T = 72 小时；age_band = 35—64 岁`; empty for none."""
    known = ((name, unit) for name, unit in indicator.settings.items() if name in values)
    return "；".join(f"{name} = {_setting(values[name], unit)}" for name, unit in known)


def _setting(value: int | str, unit: SettingUnit) -> str:
    text = str(value).replace(",", "—" if unit == "ages" else "、")
    return f"{text} {SETTING_UNITS_ZH[unit]}".rstrip()


def note_of(figure: Figure, titles: Mapping[tuple[str, str], str]) -> str:
    """What numerator and denominator are, where that is not as in a share or a count."""
    match figure.kind:
        case "lowest":
            parts = "、".join(titles[figure.indicator, name] for name in figure.lowest_of)
            return f"取{parts}中最低者，本身没有分子、分母"
        case "median":
            return "中位数，没有分子；分母为对象数"
        case "breadth":
            return "种类数，没有分子、分母"
        case "coverage" | "ratio":
            return f"分母为{_divisor(figure, titles)}{'；未乘以 100' if figure.kind == 'ratio' else ''}"
    return ""


def _divisor(figure: Figure, titles: Mapping[tuple[str, str], str]) -> str:
    if figure.over_part:
        return f"“{titles[figure.indicator, figure.over_part]}”的分子"
    plus = f"，加“{titles[figure.indicator, figure.plus]}”的对象" if figure.plus else ""
    band = f"（{figure.band.replace('-', '—')} 岁）" if figure.band else ""
    return f"外部报送的{label_zh(DenominatorName, figure.over or '')}{band}{plus}"
