"""Members put straight into the tables of statistics, as its own SQL would; releases are made of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from services.platform.database import Database
from services.statistics.releases.figures import Figure

MEMBER = "INSERT INTO member VALUES ($1, '', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
CELLS = """\
INSERT INTO cell
SELECT indicator, part, year, half, region, dimensions, sum(in_numerator::integer), count(*) FROM member
WHERE in_denominator GROUP BY 1, 2, 3, 4, 5, 6"""


def figure(indicator: str = "dv-follow-up-visit", kind: str = "share", **more: object) -> Figure:
    said: dict[str, object] = {"indicator": indicator, "part": "main", "kind": kind, "of": "case"}
    said |= {"title_zh": "按期回访率", "title_en": "Visits in time", "wording": {"kind": kind}}
    return Figure.model_validate(said | more)


@dataclass
class Members:
    """`add` puts so many members of one kind there; the newest can be changed or taken away by SQL."""

    db: Database
    year: int = 2026
    number: int = field(default=0)

    async def add(
        self,
        count: int,
        one: Figure,
        region: str = "330382",
        *,
        half: int = 1,
        counts: bool = True,
        values: Sequence[float] = (),
        until: date | None = None,
        **dimensions: str | None,
    ) -> list[UUID]:
        """Their cases. `until`: the last day of a window that runs; then they are not in the denominator."""
        cases = []
        async with self.db.transaction() as conn:
            for at in range(count):
                self.number += 1
                cases.append(UUID(int=self.number))
                place = (*one.key, self.year, half, region, json.dumps(dimensions, sort_keys=True))
                value = values[at] if values else None
                row = (f"case:{self.number}", *place, until is None, counts, value, until, cases[-1])
                await conn.execute(MEMBER, *row)
        await self.add_up()
        return cases

    async def execute(self, statement: str, *values: object) -> None:
        async with self.db.transaction() as conn:
            await conn.execute(statement, *values)
        await self.add_up()

    async def add_up(self) -> None:
        async with self.db.transaction() as conn:
            await conn.execute("DELETE FROM cell")
            await conn.execute(CELLS)
