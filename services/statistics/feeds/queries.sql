-- name: lock_denominators
-- Whoever else states one waits until the end of the transaction, so that two cannot contradict each other unseen.
LOCK TABLE denominator IN SHARE ROW EXCLUSIVE MODE;

-- name: list_denominators
-- All revisions; of one year where it is given, and of the divisions whose code begins so.
SELECT name, region, year, band, value, as_of, unit, document, revision FROM denominator
WHERE (year = $1 OR $1 IS NULL) AND starts_with(region, $2)
ORDER BY name, region, year, band, revision;

-- name: list_denominators_at
-- All revisions of these places.
SELECT name, region, year, band, value, as_of, unit, document, revision
FROM denominator JOIN unnest($1::text[], $2::text[], $3::integer[], $4::text[]) AS place (name, region, year, band)
  USING (name, region, year, band);

-- name: store_denominator
-- A new revision.
INSERT INTO denominator (name, region, year, band, value, as_of, unit, document, revision, stated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: lock_external_values
-- As with denominators.
LOCK TABLE external_value IN SHARE ROW EXCLUSIVE MODE;

-- name: list_external_values
-- All revisions of some rows of the plans' tables in a year.
SELECT target, year, value, unit, document, worker, revision FROM external_value
WHERE year = $1 AND target = ANY($2::text[]) ORDER BY target, revision;

-- name: list_external_values_at
-- All revisions of these places.
SELECT target, year, value, unit, document, worker, revision
FROM external_value JOIN unnest($1::text[], $2::integer[]) AS place (target, year) USING (target, year);

-- name: store_external_value
-- A new revision.
INSERT INTO external_value (target, year, value, unit, document, worker, revision, stated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: list_sign_offs
-- Who signed which revisions of some rows in a year.
SELECT target, revision, unit, worker, signed_at FROM external_sign_off
WHERE year = $1 AND target = ANY($2::text[]);

-- name: store_sign_off
-- Signed once.
INSERT INTO external_sign_off (target, year, revision, unit, worker, signed_at)
VALUES ($1, $2, $3, $4, $5, $6);
