-- name: list_case_ids
-- Every case that casework has a row of; sorted, so that they can be taken in portions.
SELECT case_id FROM case_fact UNION SELECT case_id FROM case_state UNION SELECT case_id FROM timer ORDER BY case_id;

-- name: list_facts
-- The logs of some cases, each in order.
SELECT case_id, version, cause, body FROM case_fact WHERE case_id = ANY($1::uuid[]) ORDER BY case_id, version;

-- name: list_states
-- The stored rows of some cases.
SELECT case_id, workflow, state, version, body FROM case_state WHERE case_id = ANY($1::uuid[]);

-- name: list_timers
-- The alarms of some cases.
SELECT case_id, deadline_id, fires_at FROM timer WHERE case_id = ANY($1::uuid[]);

-- name: list_versions
-- How long the log of each case is.
SELECT case_id, max(version) AS version FROM case_fact GROUP BY case_id;

-- name: list_positions
-- How far a reader has read the log of each case; who is in another epoch has read nothing of this log.
SELECT case_id, version FROM case_position WHERE (SELECT epoch FROM log_epoch) = $1;

-- name: get_epoch
-- The epoch of casework's log.
SELECT epoch FROM log_epoch;

-- name: list_hollow_causes
-- Triggers that are said to have been applied, without the fact that they are said to have made.
SELECT cause_id, cause.case_id, case_version FROM cause
LEFT JOIN case_fact AS fact ON fact.case_id = cause.case_id AND version = case_version AND fact.cause = cause_id
WHERE outcome = 'applied' AND fact.case_id IS NULL ORDER BY cause_id;

-- name: list_causeless_facts
-- Facts whose trigger is not on record.
SELECT fact.case_id, version, fact.cause FROM case_fact AS fact
LEFT JOIN cause ON cause_id = fact.cause AND outcome = 'applied'
WHERE cause_id IS NULL ORDER BY fact.case_id, version;

-- name: count_causes
-- How many triggers have been applied.
SELECT count(*) FROM cause WHERE outcome = 'applied';

-- name: list_doubled
-- Triggers with more than one effect. What a fact began elsewhere, a case or a lead, belongs to it.
SELECT cause, count(*) AS times, array_agg(DISTINCT case_id) AS cases FROM case_fact
WHERE body ->> 'trigger' NOT IN ('begun', 'new_lead')
GROUP BY cause HAVING count(*) > 1 ORDER BY cause;

-- name: list_effects
-- In which cases these triggers have facts, other than by what a fact began elsewhere.
SELECT cause, case_id FROM case_fact
WHERE cause = ANY($1::text[]) AND body ->> 'trigger' NOT IN ('begun', 'new_lead');

-- name: get_evaluated_with
-- The windows with which statistics has counted; empty before its first start.
SELECT evaluated_with FROM sweep;

-- name: list_settled_reports
-- The reports that intake has acknowledged and believes to be in a case.
SELECT report_id::text FROM acknowledged WHERE NOT waiting;

-- name: count_waiting_reports
-- The reports that intake has acknowledged and still follows.
SELECT count(*) FROM acknowledged WHERE waiting;

-- name: count_held
-- How many records are in quarantine, and the age of the oldest in seconds.
SELECT count(*) AS held, coalesce(extract(epoch FROM now() - min(quarantined_at)), 0)::float8 AS oldest_seconds
FROM quarantine WHERE state = 'held';

-- name: count_parked_records
-- Records that wait for their case or behind one in quarantine, and for how many seconds the oldest.
SELECT count(*) AS parked, coalesce(extract(epoch FROM now() - min(parked_at)), 0)::float8 AS oldest_seconds
FROM parked_record;

-- name: count_parked_facts
-- Facts that wait for their predecessor, and for how many seconds the oldest.
SELECT count(*) AS parked, coalesce(extract(epoch FROM now() - min(parked_at)), 0)::float8 AS oldest_seconds
FROM parked_fact;

-- name: count_nothing
-- Of a service where nothing is ever parked.
SELECT 0::bigint AS parked, 0::float8 AS oldest_seconds;

-- name: count_overdue_timers
-- Alarms whose moment has come and that have not rung, and the age of the oldest in seconds of domain time.
SELECT count(*) AS overdue, coalesce(extract(epoch FROM $1 - min(fires_at)), 0)::float8 AS oldest_seconds
FROM timer WHERE fires_at <= $1;

-- name: count_cases
-- Cases by workflow, and how many of each are open.
SELECT workflow, count(*) AS cases FROM case_state GROUP BY workflow ORDER BY workflow;
