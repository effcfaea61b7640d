-- name: list_case_ids
-- The next cases, by id, that casework or the queues have anything of.
SELECT case_id FROM (
  (SELECT DISTINCT case_id FROM case_fact WHERE case_id > $1 ORDER BY case_id LIMIT $2)
  UNION (SELECT case_id FROM case_state WHERE case_id > $1 ORDER BY case_id LIMIT $2)
  UNION (SELECT DISTINCT case_id FROM timer WHERE case_id > $1 ORDER BY case_id LIMIT $2)
) AS found ORDER BY case_id LIMIT $2;

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

-- name: find_evaluated_with
-- With which definitions statistics has counted; empty before its first start.
SELECT evaluated_with FROM sweep;

-- name: list_settled_reports
-- The next reports, by id, that intake has acknowledged and believes to be in a case.
SELECT report_id FROM acknowledged WHERE NOT waiting AND report_id > $1 ORDER BY report_id LIMIT $2;

-- name: count_states
-- How many cases casework has in each state.
SELECT workflow, state, count(*) AS cases FROM case_state GROUP BY workflow, state;

-- name: count_case_views
-- How many cases the queues know, and of how many they have read something.
SELECT (SELECT count(*) FROM case_view) AS known, (SELECT count(*) FROM case_position) AS read;

-- name: count_counted_cases
-- How many cases statistics knows, and of how many it has read something.
SELECT (SELECT count(DISTINCT case_id) FROM step) AS known, (SELECT count(*) FROM case_position) AS read;

-- name: count_members
-- How many members all indicators have together.
SELECT count(*) FROM member;

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

-- name: get_newest_report
-- The newest report that intake has acknowledged; ids are in order of time.
SELECT report_id FROM report ORDER BY report_id DESC LIMIT 1;

-- name: count_reports_until
-- Reports up to this one that no case fact has answered.
SELECT (SELECT count(*) FROM sealed WHERE report_id <= $1) + (SELECT count(*) FROM unseen WHERE report_id <= $1);

-- name: get_newest_outgoing
-- The end of the outbox.
SELECT coalesce(max(seq), 0) FROM outbox;

-- name: count_outgoing_until
-- What of the outbox up to here has not been acknowledged by the broker.
SELECT count(*) FROM outbox WHERE seq <= $1;

-- name: count_behind
-- In how many partitions a reader is not yet at these offsets.
SELECT count(*) FROM unnest($3::integer[], $4::bigint[]) AS mark (partition, until)
LEFT JOIN fence ON reader = $1 AND topic = $2 AND fence.partition = mark.partition
WHERE coalesce(next_offset, 0) < until;

-- name: count_due_until
-- Alarms whose moment had come then.
SELECT count(*) FROM timer WHERE fires_at <= $1;

-- name: list_outcomes
-- What became of these triggers.
SELECT cause_id, outcome FROM cause WHERE cause_id = ANY($1::text[]);

-- name: list_held
-- Which offsets of a partition were quarantined, whatever became of them.
SELECT "offset" FROM quarantine WHERE topic = $1 AND partition = $2 AND "offset" = ANY($3::bigint[]);

-- name: list_bodies
-- These facts as they were decided.
SELECT case_id, version, body::text FROM case_fact JOIN unnest($1::uuid[], $2::integer[]) AS wanted (case_id, version)
USING (case_id, version);

-- name: list_positions_of
-- How far a reader has read the logs of these cases; who is in another epoch has read nothing of this log.
SELECT case_id, version FROM case_position WHERE case_id = ANY($1::uuid[]) AND (SELECT epoch FROM log_epoch) = $2;

-- name: list_parked_of
-- Facts of these cases that wait for their predecessor.
SELECT case_id, version FROM parked_fact WHERE case_id = ANY($1::uuid[]);

-- name: list_cases_in_outbox
-- The cases of which facts have yet to be published.
SELECT DISTINCT convert_from(key, 'UTF8') AS case_id FROM outbox WHERE topic = $1;

-- name: count_items
-- What is in all queues.
SELECT count(*) FROM queue_item;

-- name: list_parked_records
-- Which offsets of a partition wait for something before them.
SELECT "offset" FROM parked_record WHERE topic = $1 AND partition = $2 AND "offset" = ANY($3::bigint[]);
