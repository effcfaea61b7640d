-- name: list_rows
-- The cells of a city in a year. Of parts that count places each place is one, in the half in which it first was.
WITH told AS (
  SELECT *, dimensions LIKE '%"place":%' AS of_places FROM cell
  WHERE year = $1 AND region = ANY($2::text[]) AND (numerator <> 0 OR denominator <> 0)
)
SELECT indicator, part, half, region, dimensions, numerator, denominator FROM told WHERE NOT of_places
UNION ALL
SELECT indicator, part, half, region, '{}', (count(*) FILTER (WHERE numerator > 0))::integer, count(*)::integer
FROM (
  SELECT indicator, part, region, min(half) AS half, sum(numerator) AS numerator FROM told WHERE of_places
  GROUP BY indicator, part, region, dimensions
) AS places
GROUP BY indicator, part, half, region;

-- name: list_waiting
-- Where members wait for their window, with the last day that one of them does.
SELECT indicator, part, half, region, max(matures_on) AS until FROM member
WHERE year = $1 AND region = ANY($2::text[]) AND matures_on > $3
GROUP BY indicator, part, half, region ORDER BY indicator, part, half, region;

-- name: list_medians
-- Of each part with values: of every county, and of all of them together.
SELECT indicator, part, region, percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS median FROM member
WHERE year = $1 AND region = ANY($2::text[]) AND half = ANY($3::smallint[]) AND in_denominator AND value IS NOT NULL
GROUP BY GROUPING SETS ((indicator, part, region), (indicator, part));

-- name: store_draft
-- An edition that is being checked.
INSERT INTO release (region, period, edition, stage, reason, proposed_unit, proposed_worker, proposed_on, history,
  frozen)
VALUES ($1, $2, $3, 'draft', $4, $5, $6, $7, $8, $9) RETURNING id;

-- name: store_members
-- Who is counted in a draft.
INSERT INTO release_member (release, indicator, part, member, item, half, region, dimensions, in_denominator,
  in_numerator, value, case_id)
SELECT $1, indicator, part, member, item, half, region, dimensions, in_denominator, in_numerator, value, case_id
FROM member
WHERE year = $2 AND region = ANY($3::text[]) AND half = ANY($4::smallint[]);

-- name: store_proposal
-- A draft that has stood the check.
UPDATE release SET stage = 'proposed', grid = $2, cells = $3 WHERE id = $1 AND stage = 'draft';

-- name: delete_unpublished
-- Drafts and proposals of a city and a period.
DELETE FROM release WHERE region = $1 AND period = $2 AND stage <> 'published';

-- name: delete_draft
-- A draft that was refused.
DELETE FROM release WHERE id = $1 AND stage = 'draft';

-- name: lock_releases
-- One proposes or signs at a time; reading goes on.
LOCK TABLE release IN SHARE ROW EXCLUSIVE MODE;

-- name: list_editions
-- The editions of a city and a period, without their content.
SELECT id, region, period, edition, stage, reason, proposed_unit, proposed_worker, proposed_on, signed_unit,
  signed_worker, published_on, history, frozen
FROM release WHERE region = $1 AND period = $2 ORDER BY edition;

-- name: list_history
-- Everything published that shares counts with a city's year, oldest first.
SELECT id, grid FROM release
WHERE stage = 'published' AND left(region, 4) = left($1, 4) AND left(period, 4) = left($2, 4) ORDER BY published_on, id;

-- name: list_history_ids
-- The same, without the counts.
SELECT id FROM release
WHERE stage = 'published' AND left(region, 4) = left($1, 4) AND left(period, 4) = left($2, 4) ORDER BY published_on, id;

-- name: list_years
-- The newest edition of each year of a city, of those that were published up to a given one.
SELECT DISTINCT ON (period) id, region, period, edition, stage, reason, proposed_unit, proposed_worker, proposed_on,
  signed_unit, signed_worker, published_on, history, frozen
FROM release
WHERE stage = 'published' AND region = $1 AND length(period) = 4
  AND (published_on, id) <= (SELECT last.published_on, last.id FROM release AS last WHERE last.id = $2)
ORDER BY period, edition DESC;

-- name: find_newest
-- What was published of a city last.
SELECT id FROM release WHERE stage = 'published' AND region = $1 ORDER BY published_on DESC, id DESC LIMIT 1;

-- name: list_wordings
-- What every published edition was defined by.
SELECT frozen -> 'figures' AS figures FROM release WHERE stage = 'published';

-- name: find_content
-- What an edition says.
SELECT grid, cells FROM release WHERE id = $1;

-- name: publish
-- The second person has signed.
UPDATE release SET stage = 'published', signed_unit = $2, signed_worker = $3, published_on = $4
WHERE id = $1 AND stage = 'proposed';

-- name: list_differences
-- Members that an edition counted and that are counted now, where the two differ.
SELECT coalesce(was.indicator, now.indicator) AS indicator, coalesce(was.part, now.part) AS part,
  coalesce(was.member, now.member) AS member, coalesce(was.item, now.item) AS item,
  coalesce(now.case_id, was.case_id) AS case_id,
  was.half AS was_half, was.region AS was_region, was.dimensions AS was_dimensions,
  was.in_denominator AS was_in_denominator, was.in_numerator AS was_in_numerator, was.value AS was_value,
  now.half AS now_half, now.region AS now_region, now.dimensions AS now_dimensions,
  now.in_denominator AS now_in_denominator, now.in_numerator AS now_in_numerator, now.value AS now_value
FROM (SELECT * FROM release_member WHERE release = $1) AS was
FULL JOIN (
  SELECT * FROM member WHERE year = $2 AND region = ANY($3::text[]) AND half = ANY($4::smallint[])
) AS now ON now.indicator = was.indicator AND now.part = was.part AND now.member = was.member AND now.item = was.item
WHERE (was.half, was.region, was.dimensions, was.in_denominator, was.in_numerator, was.value)
  IS DISTINCT FROM (now.half, now.region, now.dimensions, now.in_denominator, now.in_numerator, now.value)
ORDER BY 1, 2, 3, 4;

-- name: list_members
-- The members of one part in a city's period as they are now.
SELECT member, item, region, half, dimensions, in_denominator, in_numerator, matures_on, case_id FROM member
WHERE year = $1 AND region = ANY($2::text[]) AND half = ANY($3::smallint[]) AND indicator = $4 AND part = $5
ORDER BY region, member, item;
