-- name: get_epoch
-- The epoch of the log that is being read. The share lock keeps it until the end of the transaction.
SELECT epoch FROM log_epoch FOR SHARE;

-- name: raise_epoch
-- Begin a new epoch; waits for every batch of the old one.
UPDATE log_epoch SET epoch = $1 WHERE epoch < $1;

-- name: forget_positions
-- Nothing has been read. Not TRUNCATE here and in the services: it would lock pages and sweeps out, or into a deadlock.
DELETE FROM case_position;

-- name: forget_parked
-- Nothing waits.
DELETE FROM parked_fact;

-- name: list_positions
-- The last version read of each of these cases.
SELECT case_id, version FROM case_position WHERE case_id = ANY($1::uuid[]);

-- name: store_positions
-- Move the cases on.
INSERT INTO case_position (case_id, version) SELECT * FROM unnest($1::uuid[], $2::integer[])
ON CONFLICT (case_id) DO UPDATE SET version = excluded.version;

-- name: list_parked
-- The facts of these cases that came before their predecessor.
SELECT data FROM parked_fact WHERE case_id = ANY($1::uuid[]);

-- name: store_parked
-- Keep facts until their predecessor comes.
INSERT INTO parked_fact (case_id, version, data) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: release_parked
-- Drop what has been read of these cases.
DELETE FROM parked_fact USING case_position AS read
WHERE parked_fact.case_id = read.case_id AND parked_fact.version <= read.version
  AND parked_fact.case_id = ANY($1::uuid[]);

-- name: is_read
-- Whether a case has been read up to a version.
SELECT EXISTS (SELECT FROM case_position WHERE case_id = $1 AND version >= $2);

-- name: count_facts
-- The position in the log: how many facts have been read of all cases, and the epoch.
SELECT coalesce(sum(version), 0)::bigint AS facts, (SELECT epoch FROM log_epoch) AS epoch FROM case_position;

