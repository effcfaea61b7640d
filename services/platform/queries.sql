-- name: get_now
-- Domain time: the simulated moment, else the transaction's.
SELECT coalesce((SELECT simulated_at FROM clock), now());

-- name: find_simulated
-- The simulated moment, or null.
SELECT simulated_at FROM clock;

-- name: store_simulated
-- Set or clear the simulated moment.
UPDATE clock SET simulated_at = $1;

-- name: find_token
-- Who holds a token.
SELECT unit, roles FROM unit_token WHERE token_hash = $1;

-- name: store_token
-- Give a unit a token.
INSERT INTO unit_token (token_hash, unit, roles) VALUES ($1, $2, $3);

-- name: delete_tokens
-- Take away every token of a unit.
DELETE FROM unit_token WHERE unit = $1;

-- name: place_fence
-- Where a group reads on; the first time at the given offset.
WITH placed AS (
  INSERT INTO fence (reader, topic, partition, next_offset, first_offset) VALUES ($1, $2, $3, $4, $4)
  ON CONFLICT DO NOTHING
  RETURNING next_offset
)
SELECT next_offset FROM placed
UNION ALL
SELECT next_offset FROM fence WHERE reader = $1 AND topic = $2 AND partition = $3;

-- name: move_fence
-- Move from the offset we last saw; no row means that somebody else moved it. What is moved over counts as applied.
UPDATE fence SET next_offset = $5, gaps = gaps + $6, moved_at = now(), applied = applied + ($5 - $4 - $6)
WHERE reader = $1 AND topic = $2 AND partition = $3 AND next_offset = $4
RETURNING next_offset;

-- name: store_outcomes
-- Of what was counted as applied, so many became something else.
UPDATE fence SET applied = applied - $4 - $5 - $6 - $7 - $8, duplicate = duplicate + $4, stale = stale + $5,
  rejected = rejected + $6, parked = parked + $7, quarantined = quarantined + $8
WHERE reader = $1 AND topic = $2 AND partition = $3;

-- name: list_fences
-- All positions of this service, and what became of the records before them.
SELECT reader, topic, partition, next_offset, gaps, moved_at, next_offset - first_offset - gaps AS consumed,
  applied, duplicate, stale, rejected, parked, quarantined
FROM fence ORDER BY reader, topic, partition;

-- name: take_outbox
-- The oldest events, for the one relay that may send now. They are gone when the transaction is committed: who rolls
-- back has sent nothing. No cursor: a smaller seq may be committed later than a larger one.
WITH turn AS MATERIALIZED (
  SELECT pg_try_advisory_xact_lock(hashtextextended(current_schema() || '.outbox', 0)) AS ours
), taken AS (
  DELETE FROM outbox
  WHERE seq = ANY (ARRAY(SELECT seq FROM outbox WHERE (SELECT ours FROM turn) ORDER BY seq LIMIT $1))
  RETURNING seq, topic, key, header_names, header_values, value
)
SELECT topic, key, header_names, header_values, value FROM taken ORDER BY seq;

-- name: get_outbox_age
-- How many events wait, and the age of the oldest in seconds.
SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(stored_at)), 0)::float8 AS oldest_seconds FROM outbox;

-- name: get_outbox_seconds
-- The age of the oldest event that waits.
SELECT coalesce((SELECT extract(epoch FROM now() - stored_at) FROM outbox ORDER BY seq LIMIT 1), 0)::float8;

-- name: store_quarantined
-- Keep a record with its bytes; tells whose schema this is.
INSERT INTO quarantine
  (id, topic, partition, "offset", key, value, header_names, header_values, recorded_at, reason, case_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
RETURNING current_schema()::text;

-- name: list_quarantined
-- What waits for a decision, oldest first.
SELECT id, topic, partition, "offset", reason, quarantined_at, state, resolved_at, resolved_by, resolution, case_id
FROM quarantine WHERE state = $1 ORDER BY id LIMIT $2;

-- name: find_quarantined
-- One record, with its bytes.
SELECT * FROM quarantine WHERE id = $1;

-- name: lock_held
-- One record, if it is held; with its lock, so that it is decided about once.
SELECT id, topic, partition, "offset", reason, quarantined_at, state, resolved_at, resolved_by, resolution, case_id
FROM quarantine WHERE id = $1 AND state = 'held' FOR UPDATE;

-- name: resolve_quarantined
-- Close a held record; tells whose schema this is.
UPDATE quarantine SET state = $2, resolved_at = now(), resolved_by = $3, resolution = $4 WHERE id = $1
RETURNING current_schema()::text;

-- name: store_repair
-- Put a repaired record beside the original.
INSERT INTO quarantine_repair (quarantine_id, number, repaired_by, reason, key, value, header_names, header_values)
SELECT $1, count(*) + 1, $2, $3, $4, $5, $6, $7 FROM quarantine_repair WHERE quarantine_id = $1;

-- name: list_repairs
-- A record as it was repaired, the last time first.
SELECT number, repaired_at, repaired_by, reason, key, value, header_names, header_values
FROM quarantine_repair WHERE quarantine_id = $1 ORDER BY number DESC;
