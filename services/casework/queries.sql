-- name: find_causes
-- Which of these triggers have been handled before, and what became of them.
SELECT cause_id, outcome, case_id, case_version, fingerprint, answer FROM cause WHERE cause_id = ANY($1::text[]);

-- name: store_causes
-- Ids come sorted, so that two transactions cannot wait for each other in a circle.
INSERT INTO cause (cause_id, outcome, case_id, case_version, fingerprint, answer)
SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::integer[], $5::bytea[], $6::json[])
ON CONFLICT DO NOTHING RETURNING cause_id;

-- name: claim_keys
-- Take the join keys that no open case holds. Sorted, for the same reason.
INSERT INTO case_subject (workflow, join_key, case_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[])
ON CONFLICT DO NOTHING;

-- name: list_holders
-- The open case that holds each join key.
SELECT workflow, join_key, case_id FROM case_subject
WHERE (workflow, join_key) IN (SELECT * FROM unnest($1::text[], $2::text[]));

-- name: move_key
-- A linked case of the same workflow takes the key over: later reports go to the newest incident.
INSERT INTO case_subject (workflow, join_key, case_id) VALUES ($1, $2, $3)
ON CONFLICT (workflow, join_key) DO UPDATE SET case_id = excluded.case_id;

-- name: return_keys
-- When a linked incident closes before the case it came from, later reports go to that one again.
UPDATE case_subject SET case_id = $2
WHERE case_id = $1 AND EXISTS (SELECT FROM case_state WHERE case_id = $2 AND body->>'final' = 'false');

-- name: postpone_timer
-- An alarm that cannot be decided must not hold up the others.
UPDATE timer SET fires_at = $3 WHERE case_id = $1 AND deadline_id = $2;

-- name: delete_keys
-- A closed case holds no key.
DELETE FROM case_subject WHERE case_id = ANY($1::uuid[]);

-- name: lock_cases
-- In case-id order, always.
SELECT case_id, body FROM case_state WHERE case_id = ANY($1::uuid[]) ORDER BY case_id FOR UPDATE;

-- name: find_case
-- One case, without a lock.
SELECT body FROM case_state WHERE case_id = $1;

-- name: list_open
-- The cases of a workflow that are not closed.
SELECT case_id FROM case_state WHERE workflow = $1 AND body->>'final' = 'false' ORDER BY case_id;

-- name: list_timed
-- The cases that have an alarm.
SELECT DISTINCT case_id FROM timer ORDER BY case_id;

-- name: list_versions
-- The versions of a workflow under which open cases run.
SELECT DISTINCT (body->>'definition_version')::integer AS version FROM case_state
WHERE workflow = $1 AND body->>'final' = 'false' ORDER BY version;

-- name: store_cases
-- A row is written only over an older version; the caller counts what comes back.
INSERT INTO case_state (case_id, workflow, state, version, body)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::json[])
ON CONFLICT (case_id) DO UPDATE
SET state = excluded.state, version = excluded.version, body = excluded.body
WHERE case_state.version < excluded.version
RETURNING case_id;

-- name: list_facts
-- The log of one case.
SELECT body FROM case_fact WHERE case_id = $1 ORDER BY version;

-- name: list_persons
-- Who is meant by the roles of a case, report by report, oldest first.
SELECT report_id, role, token, subject FROM case_person WHERE case_id = $1 ORDER BY report_id, role;

-- name: list_due_timers
-- Oldest first; at most so many at a time, so that a storm after downtime cannot bury the agencies.
SELECT case_id, deadline_id, fires_at FROM timer WHERE fires_at <= $1 ORDER BY fires_at, case_id, deadline_id LIMIT $2;

-- name: delete_timers
-- They are written anew for every case that moved.
DELETE FROM timer WHERE case_id = ANY($1::uuid[]);

-- name: get_epoch
-- The epoch of the log.
SELECT epoch FROM log_epoch;

-- name: lock_epoch
-- Waits for every transaction that has read the epoch, and lets nobody read it before ours has ended.
LOCK TABLE log_epoch IN ACCESS EXCLUSIVE MODE;

-- name: raise_epoch
-- Begin a new epoch, above every older one.
UPDATE log_epoch SET epoch = greatest(epoch + 1, $1) RETURNING epoch;

-- name: begin_republish
-- From the first fact, also when one is under way.
INSERT INTO republish (case_id, version) VALUES ('00000000-0000-0000-0000-000000000000', 0)
ON CONFLICT (one) DO UPDATE SET case_id = excluded.case_id, version = excluded.version;

-- name: lock_republish
-- How far it has come; no row when there is none, or somebody else is at it.
SELECT case_id, version FROM republish FOR UPDATE SKIP LOCKED;

-- name: list_log_after
-- The log of all cases behind a fact, case by case.
SELECT case_id, version, body FROM case_fact WHERE (case_id, version) > ($1, $2) ORDER BY case_id, version LIMIT $3;

-- name: move_republish
-- It has come so far.
UPDATE republish SET case_id = $1, version = $2;

-- name: end_republish
-- It has come to the end.
DELETE FROM republish;

-- name: list_blocked
-- Where records must wait: the case is not here, or an earlier record of it on this topic is in quarantine or waits.
SELECT asked.topic, asked.case_id FROM unnest($1::text[], $2::uuid[]) AS asked (topic, case_id)
WHERE NOT EXISTS (SELECT FROM case_state WHERE case_state.case_id = asked.case_id)
  OR EXISTS (
    SELECT FROM quarantine AS held
    WHERE held.case_id = asked.case_id AND held.topic = asked.topic AND held.state = 'held')
  OR EXISTS (SELECT FROM parked_record AS p WHERE p.case_id = asked.case_id AND p.topic = asked.topic);

-- name: store_parked
-- Keep a record until its turn comes.
INSERT INTO parked_record
  (id, case_id, topic, partition, "offset", key, value, header_names, header_values, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: take_released
-- The oldest record whose turn has come: its case is here and none of it is held on its topic. Of several processes the
-- second waits for the first and then finds nothing, so nobody is overtaken.
WITH free AS MATERIALIZED (
  SELECT id FROM parked_record
  WHERE EXISTS (SELECT FROM case_state WHERE case_state.case_id = parked_record.case_id)
    AND NOT EXISTS (
      SELECT FROM quarantine AS held
      WHERE held.case_id = parked_record.case_id AND held.topic = parked_record.topic AND held.state = 'held')
  ORDER BY id LIMIT 1 FOR UPDATE
)
DELETE FROM parked_record WHERE id IN (SELECT id FROM free) RETURNING *;

-- name: take_hopeless
-- Records that have waited so long for a case that still is not here.
WITH taken AS (
  DELETE FROM parked_record
  WHERE parked_at < now() - $1::interval
    AND NOT EXISTS (SELECT FROM case_state WHERE case_state.case_id = parked_record.case_id)
  RETURNING *
)
SELECT * FROM taken ORDER BY id;
