-- name: get_sweep
-- As of which domain date members are evaluated. The share lock keeps it until the end of the transaction.
SELECT as_of FROM sweep FOR SHARE;

-- name: lock_sweep
-- The same, and nobody evaluates members meanwhile.
SELECT as_of, evaluated_with FROM sweep FOR UPDATE;

-- name: find_as_of
-- The same, without a lock.
SELECT as_of FROM sweep;

-- name: store_as_of
-- Windows have run out up to this domain date.
UPDATE sweep SET as_of = $1;

-- name: store_evaluated_with
-- With which formulas and windows all members are evaluated.
UPDATE sweep SET evaluated_with = $1;

-- name: list_profiles
-- These cases.
SELECT case_id, workflow, region, minor FROM case_profile WHERE case_id = ANY($1::uuid[]) ORDER BY case_id;

-- name: list_milestones
-- All steps of these cases.
SELECT case_id, version, position, name, occurred_at, unit, dimensions FROM milestone
WHERE case_id = ANY($1::uuid[]);

-- name: list_cases_after
-- Cases that have steps, behind the given one.
SELECT DISTINCT case_id FROM milestone WHERE case_id > $1 ORDER BY case_id LIMIT $2;

-- name: list_members
-- The members that these cases have.
SELECT case_id, indicator, part, year, member, region, dimensions, in_denominator, in_numerator, matures_on
FROM member WHERE case_id = ANY($1::uuid[]);

-- name: delete_members
-- Take members away.
DELETE FROM member USING unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::text[])
  AS gone (case_id, indicator, part, year, member)
WHERE member.case_id = gone.case_id AND member.indicator = gone.indicator AND member.part = gone.part
  AND member.year = gone.year AND member.member = gone.member;

-- name: mature_members
-- Put those into the denominator whose window has run out.
UPDATE member SET in_denominator = true WHERE NOT in_denominator AND matures_on <= $1
RETURNING case_id, indicator, part, year, member, region, dimensions, in_denominator, in_numerator, matures_on;

-- name: add_to_cells
-- Change sums by the difference; the cells come sorted, so that two batches cannot lock each other out.
INSERT INTO cell (indicator, part, year, region, dimensions, numerator, denominator)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::integer[], $7::integer[])
ON CONFLICT (indicator, part, year, region, dimensions) DO UPDATE
SET numerator = cell.numerator + excluded.numerator, denominator = cell.denominator + excluded.denominator;

-- name: list_cells
-- All sums; of one year when it is given.
SELECT indicator, part, year, region, dimensions, numerator, denominator FROM cell
WHERE (numerator <> 0 OR denominator <> 0) AND (year = $1 OR $1 IS NULL);

-- name: list_pending
-- How many members of each county are not sure yet at a domain date.
SELECT indicator, part, year, region, count(*)::integer AS members FROM member
WHERE matures_on > $1 GROUP BY indicator, part, year, region;

-- name: list_published
-- The newest observation of every place.
SELECT DISTINCT ON (indicator, part, year, region) body FROM observation
ORDER BY indicator, part, year, region, revision DESC;

-- name: list_revisions
-- Everything that was published of an indicator in a year and a region.
SELECT body FROM observation WHERE indicator = $1 AND year = $2 AND region = $3 ORDER BY part, revision;

-- name: forget_profiles
-- Begin anew.
DELETE FROM case_profile;

-- name: forget_milestones
-- Begin anew.
DELETE FROM milestone;

-- name: forget_members
-- Begin anew.
DELETE FROM member;

-- name: forget_cells
-- Begin anew.
DELETE FROM cell;
