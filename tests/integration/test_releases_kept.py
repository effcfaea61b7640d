"""What was published stays, in the database and from who comes later; what counts the same keeps back the same."""

import asyncpg
import pytest

from services.statistics.releases import reading, store
from tests.integration.counted import figure
from tests.integration.platform_fixtures import admin_database, database, space
from tests.integration.test_releases import LETTERS, VISITS, WENZHOU, Office, fill, office, own

__all__ = ["admin_database", "database", "office", "space"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE release SET reason = 'x'",
        "UPDATE release SET stage = 'proposed', signed_unit = NULL, signed_worker = NULL, published_on = NULL",
        "DELETE FROM release",
        "TRUNCATE release CASCADE",
        "UPDATE release_member SET in_numerator = false",
        "DELETE FROM release_member",
        "TRUNCATE release_member",
    ],
)
async def test_what_was_published_cannot_be_changed_by_the_service_itself(office: Office, change: str) -> None:
    await fill(office)
    release = await office.publish()
    with pytest.raises(asyncpg.RestrictViolationError):
        await office.members.execute(change)
    async with office.db.connection() as conn:
        edition = await store.find_published(conn, WENZHOU)
        assert edition is not None
        assert await reading.get_release(conn, edition) == release
        assert await conn.fetchval("SELECT bool_or(in_numerator) FROM release_member")


async def test_one_who_comes_by_a_new_version_of_a_definition_is_not_given_away_either(office: Office) -> None:
    await fill(office)
    await office.publish()
    wider = {"kind": "count", "each": [{"step": ["letter.issued", "letter.renewed"]}]}
    office.figures = (VISITS, LETTERS.model_copy(update={"version": 2, "wording": wider}))
    await office.members.add(1, LETTERS, "330382", half=2, relation="spouse")
    second = await office.publish(reason="口径调整")
    assert own(second, "330382", LETTERS).status == "suppressed"
    assert own(second, "330382", LETTERS, relation="spouse").status == "suppressed"
    async with office.db.connection() as conn:
        first = await store.find_published(conn, WENZHOU, 1)
        assert first is not None
        assert first.frozen.figures == (VISITS, LETTERS)


async def test_two_numbers_of_the_same_letters_keep_back_the_same(office: Office) -> None:
    """Of few letters none is told, although the share of children's cases hides more than the count of all."""
    letters = {"each": [{"step": ["letter.issued"]}]}
    count = figure("dv-warning-issued", "count", wording=letters)
    share = figure("dv-warning-minor", wording=letters, delicate=("minors",))
    office.figures = (count, share)
    for region, number in (("330302", 4), ("330381", 9), ("330382", 20)):
        for one in office.figures:
            await office.members.add(number, one, region)
    release = await office.publish()
    assert [own(release, "330302", one).status for one in office.figures] == ["suppressed", "suppressed"]
    async with office.db.connection() as conn:
        edition = await store.find_published(conn, WENZHOU)
        assert edition is not None
        grid, _ = await store.get_content(conn, edition.id)
    assert grid.alike == (((*count.key, "denominator", ()), (*share.key, "denominator", ())),)
