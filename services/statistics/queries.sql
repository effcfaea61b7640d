-- name: lock_out_others
-- Takes no snapshot: what a transaction sees after it is what the one before it has left.
LOCK TABLE sweep IN SHARE ROW EXCLUSIVE MODE;

-- name: is_evaluated_with
-- Whether all members are evaluated with these definitions and settings.
SELECT evaluated_with = $1::jsonb FROM sweep;

-- name: find_as_of
-- As of which domain date.
SELECT as_of FROM sweep;

-- name: store_as_of
-- Windows have run out up to this domain date.
UPDATE sweep SET as_of = $1;

-- name: store_evaluated_with
-- With which definitions and settings all members are evaluated.
UPDATE sweep SET evaluated_with = $1::jsonb;

-- name: correct_steps
-- What was said by mistake is marked, and said anew where the right time is known.
WITH gone AS (
  UPDATE step SET withdrawn = true WHERE case_id = $1 AND version = $2 AND source = $3 AND NOT withdrawn
  RETURNING *
)
INSERT INTO step
SELECT case_id, $5, 1000 * version + position, name, source, $4, workflow, region, unit, dimensions, false FROM gone
WHERE $4::timestamptz IS NOT NULL;

-- name: correct_near_steps
-- The same of a recount.
WITH gone AS (
  UPDATE near_step SET withdrawn = true WHERE case_id = $1 AND version = $2 AND source = $3 AND NOT withdrawn
  RETURNING *
)
INSERT INTO near_step
SELECT case_id, $5, 1000 * version + position, name, source, $4, workflow, region, unit, dimensions, false FROM gone
WHERE $4::timestamptz IS NOT NULL;

-- name: make_work_tables
-- What members are worked out with; empty again at the end of each transaction. `touched_case` and `touched` are what is
-- worked out anew, `near_step` and `near_subject` all that this may depend on.
CREATE TEMP TABLE IF NOT EXISTS touched_case (case_id uuid PRIMARY KEY) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS touched (kind text, key text, PRIMARY KEY (kind, key)) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS near_step (
  case_id uuid, version integer, position integer, name text, source text, at timestamptz, workflow text, region text,
  unit text, dimensions jsonb, withdrawn boolean DEFAULT false
) ON COMMIT DELETE ROWS;
CREATE INDEX IF NOT EXISTS near_step_case ON near_step (case_id, name);
CREATE INDEX IF NOT EXISTS near_step_name ON near_step (name);
CREATE TEMP TABLE IF NOT EXISTS near_subject (
  case_id uuid, role text, pseudonym text, sex text, minor boolean, age_years integer
) ON COMMIT DELETE ROWS;
CREATE INDEX IF NOT EXISTS near_subject_case ON near_subject (case_id);
CREATE INDEX IF NOT EXISTS near_subject_pseudonym ON near_subject (pseudonym);
CREATE TEMP TABLE IF NOT EXISTS fresh (
  member text, item text, indicator text, part text, year integer, half smallint, region text, dimensions text,
  in_denominator boolean, in_numerator boolean, value float8, matures_on date, case_id uuid
) ON COMMIT DELETE ROWS;
CREATE INDEX IF NOT EXISTS fresh_member ON fresh (member);
CREATE TEMP TABLE IF NOT EXISTS changed (
  sign integer, indicator text, part text, year integer, half smallint, region text, dimensions text,
  in_numerator boolean
) ON COMMIT DELETE ROWS;

-- name: empty_work_tables
-- For the next cases of the same transaction.
TRUNCATE touched_case, touched, near_step, near_subject, fresh, changed;

-- name: take_dirty
-- The cases of so many entries, whose members must be worked out anew; how many entries they had.
WITH taken AS (
  DELETE FROM dirty WHERE case_id IN (SELECT case_id FROM dirty LIMIT $1) RETURNING case_id
), noted AS (
  INSERT INTO touched_case SELECT DISTINCT case_id FROM taken
)
SELECT count(*) FROM taken;

-- name: touch_near
-- Cases of the same persons: what happens in one may count in another.
INSERT INTO touched_case
SELECT other.case_id FROM touched_case JOIN subject USING (case_id) JOIN subject AS other USING (pseudonym)
ON CONFLICT DO NOTHING;

-- name: list_near
-- Whatever else they depend on: all cases of their persons, and all that tell of the same reports.
SELECT case_id FROM touched_case
UNION
SELECT other.case_id FROM touched_case JOIN subject USING (case_id) JOIN subject AS other USING (pseudonym)
UNION
SELECT other.case_id
FROM touched_case JOIN step USING (case_id) JOIN step AS other
  ON other.dimensions->>'report_id' = step.dimensions->>'report_id' AND other.dimensions ? 'report_id'
WHERE step.dimensions ? 'report_id';

-- name: copy_near_steps
-- The steps of these cases.
INSERT INTO near_step SELECT * FROM step WHERE case_id = ANY($1::uuid[]);

-- name: copy_near_subjects
-- The subjects of these cases.
INSERT INTO near_subject SELECT * FROM subject WHERE case_id = ANY($1::uuid[]);

-- name: analyze_near
-- The planner must know how many: taken for one, a thousand persons are looked for among a thousand one by one. Of what
-- it joins by; a look at all dimensions would cost as much as a dozen parts.
ANALYZE touched_case, near_step (case_id, workflow, name), near_subject (case_id, role, pseudonym);

-- name: touch
-- Whatever may be counted because of these cases, also what they once had and have taken back.
INSERT INTO touched
SELECT 'case', case_id::text FROM touched_case
UNION SELECT 'person', pseudonym FROM touched_case JOIN near_subject USING (case_id)
UNION SELECT 'pair', p.pseudonym || ' ' || q.pseudonym
  FROM touched_case JOIN near_subject p USING (case_id) JOIN near_subject q USING (case_id)
  WHERE p.role = 'victim' AND q.role = 'perpetrator'
UNION SELECT 'report', dimensions->>'report_id' FROM touched_case JOIN near_step USING (case_id)
  WHERE dimensions ? 'report_id';

-- name: list_touched_steps
-- What may have anchors among what is touched.
SELECT DISTINCT workflow, name FROM near_step;

-- name: drop_members
-- Members of what is touched that are no more, or have changed; of the parts that were worked out.
WITH gone AS (
  DELETE FROM member USING (SELECT kind || ':' || key AS member FROM touched) AS at
  WHERE member.member = at.member
    AND (member.indicator, member.part) IN (SELECT * FROM unnest($1::text[], $2::text[])) AND NOT EXISTS (
    SELECT FROM fresh
    WHERE fresh.member = member.member AND fresh.item = member.item AND fresh.indicator = member.indicator
      AND fresh.part = member.part AND fresh.year = member.year
      AND (fresh.half, fresh.region, fresh.dimensions, fresh.in_denominator, fresh.in_numerator, fresh.value,
           fresh.matures_on, fresh.case_id) IS NOT DISTINCT FROM
          (member.half, member.region, member.dimensions, member.in_denominator, member.in_numerator, member.value,
           member.matures_on, member.case_id)
  )
  RETURNING member.*
)
INSERT INTO changed
SELECT -1, indicator, part, year, half, region, dimensions, in_numerator FROM gone WHERE in_denominator;

-- name: add_members
-- Those that are new, or have changed.
WITH come AS (INSERT INTO member SELECT * FROM fresh ORDER BY member ON CONFLICT DO NOTHING RETURNING *)
INSERT INTO changed
SELECT 1, indicator, part, year, half, region, dimensions, in_numerator FROM come WHERE in_denominator;

-- name: mature_members
-- Put those into the denominator whose windows have run out.
WITH ripe AS (
  UPDATE member SET in_denominator = true WHERE NOT in_denominator AND matures_on <= $1 RETURNING *
)
INSERT INTO changed SELECT 1, indicator, part, year, half, region, dimensions, in_numerator FROM ripe;

-- name: change_cells
-- Change sums by the difference; sorted, so that two transactions cannot lock each other out.
INSERT INTO cell
SELECT indicator, part, year, half, region, dimensions, sum(sign * in_numerator::integer), sum(sign)
FROM changed
GROUP BY indicator, part, year, half, region, dimensions
HAVING sum(sign) <> 0 OR sum(sign * in_numerator::integer) <> 0
ORDER BY indicator, part, year, half, region, dimensions
ON CONFLICT (indicator, part, year, half, region, dimensions) DO UPDATE
SET numerator = cell.numerator + excluded.numerator, denominator = cell.denominator + excluded.denominator;

-- name: mark_all_dirty
-- Every case that there is.
INSERT INTO dirty SELECT DISTINCT case_id FROM step;

-- name: is_dirty
-- Whether something has come that no member knows of.
SELECT EXISTS (SELECT FROM dirty);

-- name: list_cells
-- All sums, years whole; of one year when it is given.
SELECT indicator, part, year, region, dimensions, sum(numerator)::integer AS numerator,
  sum(denominator)::integer AS denominator
FROM cell WHERE year = $1 OR $1 IS NULL
GROUP BY indicator, part, year, region, dimensions
HAVING sum(numerator) <> 0 OR sum(denominator) <> 0;

-- name: list_pending
-- How many members of each county are not sure yet at a domain date.
SELECT indicator, part, year, region, count(*)::integer AS members FROM member
WHERE matures_on > $1 GROUP BY indicator, part, year, region;

-- name: list_medians
-- Of counties and prefectures; of one year when it is given.
SELECT indicator, part, year, around.region, percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS median
FROM member, LATERAL (VALUES (region), (left(region, 4) || '00')) AS around (region)
WHERE value IS NOT NULL AND in_denominator AND (year = $1 OR $1 IS NULL)
GROUP BY indicator, part, year, around.region;

-- name: touch_all
-- Every case that there is.
INSERT INTO touched_case SELECT DISTINCT case_id FROM near_step;

-- name: forget_touched
-- Before others are touched.
DELETE FROM touched; DELETE FROM touched_case;

-- name: touch_dirty
-- Cases that wait to be worked out.
INSERT INTO touched_case SELECT DISTINCT case_id FROM dirty;

-- name: list_differing_steps
-- Where what is stored of cases is not what their logs say.
SELECT case_id, version, position, coalesce(near_step.name, step.name) AS name
FROM step FULL JOIN near_step USING (case_id, version, position)
WHERE (near_step.name, near_step.source, near_step.at, near_step.workflow, near_step.region, near_step.unit, near_step.dimensions,
       near_step.withdrawn) IS DISTINCT FROM
      (step.name, step.source, step.at, step.workflow, step.region, step.unit, step.dimensions, step.withdrawn)
LIMIT $1;

-- name: list_differing_subjects
-- Whom cases are about in only one of both.
SELECT case_id, role FROM (
  (SELECT * FROM subject EXCEPT ALL SELECT * FROM near_subject)
  UNION ALL (SELECT * FROM near_subject EXCEPT ALL SELECT * FROM subject)
) AS differing LIMIT $1;

-- name: list_differing_members
-- Where what is stored is not what was worked out anew.
SELECT coalesce(member.indicator, fresh.indicator) AS indicator, coalesce(member.part, fresh.part) AS part,
  coalesce(member.year, fresh.year) AS year, coalesce(member.member, fresh.member) AS member
FROM member FULL JOIN fresh USING (member, item, indicator, part, year)
WHERE (fresh.half, fresh.region, fresh.dimensions, fresh.in_denominator, fresh.in_numerator, fresh.value,
       fresh.matures_on, fresh.case_id) IS DISTINCT FROM
      (member.half, member.region, member.dimensions, member.in_denominator, member.in_numerator, member.value,
       member.matures_on, member.case_id)
  AND NOT EXISTS (SELECT FROM touched WHERE kind || ':' || key = coalesce(member.member, fresh.member))
LIMIT $1;

-- name: list_differing_cells
-- Sums that are not those of the members.
SELECT * FROM (
  SELECT indicator, part, year, half, region, dimensions, count(*) FILTER (WHERE in_numerator) AS numerator,
    count(*) AS denominator
  FROM member WHERE in_denominator GROUP BY indicator, part, year, half, region, dimensions
) AS counted
FULL JOIN (SELECT * FROM cell WHERE numerator <> 0 OR denominator <> 0) AS stored
  USING (indicator, part, year, half, region, dimensions)
WHERE (counted.numerator, counted.denominator) IS DISTINCT FROM (stored.numerator, stored.denominator)
LIMIT $1;

-- name: list_published
-- The newest observation of every place.
SELECT DISTINCT ON (indicator, part, year, region) body FROM observation
ORDER BY indicator, part, year, region, revision DESC;

-- name: list_revisions
-- Everything that was published of an indicator in a year and a region.
SELECT body FROM observation WHERE indicator = $1 AND year = $2 AND region = $3 ORDER BY part, revision;

-- name: forget_steps
-- Begin anew.
DELETE FROM step;

-- name: forget_subjects
-- Begin anew.
DELETE FROM subject;

-- name: forget_dirty
-- Begin anew.
DELETE FROM dirty;

-- name: forget_members
-- Begin anew.
DELETE FROM member;

-- name: forget_cells
-- Begin anew.
DELETE FROM cell;
