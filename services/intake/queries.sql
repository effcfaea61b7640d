-- name: store_report
-- A report and its sealed part; no row when the request or the receipt is there already.
WITH accepted AS (
  INSERT INTO report (report_id, receipt, unit, request_hash, body_mac, received_at, fields, traceparent)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT DO NOTHING
  RETURNING report_id
)
INSERT INTO sealed (report_id, content) SELECT report_id, $9::bytea FROM accepted RETURNING report_id;

-- name: find_request
-- What an earlier request with the same key became.
SELECT * FROM acknowledged WHERE request_hash = $1;

-- name: find_receipt
-- A report as its reporter may see it.
SELECT * FROM acknowledged WHERE receipt = $1;

-- name: list_duty
-- Reports of immediate danger in a region that no case has taken up yet, longest waiting first.
SELECT report_id, received_at, unit, fields
FROM (SELECT report_id FROM sealed UNION ALL SELECT report_id FROM unseen) AS waiting JOIN report USING (report_id)
WHERE (fields ->> 'immediate_danger')::boolean AND starts_with(fields ->> 'region', $1)
ORDER BY report_id LIMIT $2;

-- name: list_sealed
-- What is due for the vault, oldest first.
SELECT report_id, content, unit, fields, traceparent FROM sealed JOIN report USING (report_id)
WHERE due_at <= now() ORDER BY report_id LIMIT $1;

-- name: move_to_unseen
-- The vault has them: forget the sealed bytes, keep the tokens; tells which were still here.
WITH handed AS (
  DELETE FROM sealed USING unnest($1::uuid[], $2::jsonb[]) AS issued (report_id, tokens)
  WHERE sealed.report_id = issued.report_id
  RETURNING sealed.report_id, issued.tokens
)
INSERT INTO unseen (report_id, tokens, due_at)
SELECT report_id, tokens, now() + $3::interval FROM handed
RETURNING report_id;

-- name: postpone_sealed
-- What was not taken stays, and is tried again after twice the time.
UPDATE sealed SET attempts = attempts + 1, reason = refused.reason,
  due_at = now() + least(interval '1 second' * 2 ^ least(attempts, 10), interval '10 minutes')
FROM unnest($1::uuid[], $2::text[]) AS refused (report_id, reason)
WHERE sealed.report_id = refused.report_id;

-- name: take_unseen
-- What no fact has answered in time; each waits twice as long as before, at most an hour. Nothing while the
-- outbox itself is stuck: the event is still in it.
WITH due AS (
  SELECT report_id FROM unseen
  WHERE due_at <= now() AND NOT EXISTS (SELECT FROM outbox WHERE stored_at < now() - interval '10 seconds')
  ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
), taken AS (
  UPDATE unseen SET attempts = attempts + 1,
    due_at = now() + least($2::interval * 2 ^ least(attempts + 1, 20), interval '1 hour')
  FROM due WHERE unseen.report_id = due.report_id
  RETURNING unseen.report_id, tokens
)
SELECT report_id, tokens, unit, fields, traceparent FROM taken JOIN report USING (report_id) ORDER BY report_id;

-- name: delete_unseen
-- Facts came back for these.
DELETE FROM unseen WHERE report_id = ANY($1::uuid[]);

-- name: store_links
-- Which case each report is in, as a fact of this epoch says it.
UPDATE report SET epoch = $1, case_id = link.case_id, confirmed = link.confirmed, linked_at = link.linked_at
FROM unnest($2::uuid[], $3::uuid[], $4::boolean[], $5::timestamptz[]) AS link (report_id, case_id, confirmed, linked_at)
WHERE report.report_id = link.report_id
  AND (report.epoch, report.confirmed, report.linked_at) < ($1, link.confirmed, link.linked_at);

-- name: store_seen
-- These reports have arrived, as a fact of this epoch says.
UPDATE report SET epoch = $1 WHERE report_id = ANY($2::uuid[]) AND epoch < $1;

-- name: get_epoch
-- The epoch of the case log that is being read. The share lock keeps it until the end of the transaction.
SELECT epoch FROM log_epoch FOR SHARE;

-- name: raise_epoch
-- A new epoch has begun: every report is looked for in it. The first one of all recalls nothing.
UPDATE log_epoch SET epoch = $1, raised_at = now(),
  recalled_to = CASE WHEN epoch > 0 THEN '00000000-0000-0000-0000-000000000000'::uuid END
WHERE epoch < $1;

-- name: find_recall
-- The epoch and how far it has come, when the case log has had time to say what it knows.
SELECT epoch, recalled_to FROM log_epoch WHERE recalled_to IS NOT NULL AND raised_at + $1::interval <= now();

-- name: list_unknown
-- Acknowledged reports that no fact of this epoch knows and nobody follows, oldest first.
SELECT report_id FROM report
WHERE report_id > $2 AND epoch < $1
  AND NOT EXISTS (SELECT FROM sealed WHERE sealed.report_id = report.report_id)
  AND NOT EXISTS (SELECT FROM unseen WHERE unseen.report_id = report.report_id)
ORDER BY report_id LIMIT $3;

-- name: follow_again
-- Publish these as if they never had been; not those that a fact has named meanwhile.
INSERT INTO unseen (report_id, tokens, due_at)
SELECT report_id, issued.tokens, now() FROM unnest($2::uuid[], $3::jsonb[]) AS issued (report_id, tokens)
JOIN report USING (report_id) WHERE report.epoch < $1
ON CONFLICT DO NOTHING;

-- name: move_recall
-- Reports up to this one have been looked through; null for the last.
UPDATE log_epoch SET recalled_to = $2 WHERE epoch = $1;

-- name: store_case_states
-- The public state of cases, as of a version; sorted, so that readers of two partitions never deadlock.
INSERT INTO case_state (case_id, epoch, version, public_state)
SELECT * FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::text[]) AS new (case_id, e, v, s) ORDER BY case_id
ON CONFLICT (case_id) DO UPDATE
SET epoch = excluded.epoch, version = excluded.version, public_state = excluded.public_state
WHERE (case_state.epoch, case_state.version) < (excluded.epoch, excluded.version);

-- name: get_backlog
-- What has not been handed over, not come back, and not been taken by the vault; ages in seconds.
SELECT
  (SELECT count(*) FROM sealed) AS sealed,
  (SELECT count(*) FROM sealed WHERE reason IS NOT NULL) AS refused,
  (SELECT count(*) FROM unseen) AS unseen,
  (SELECT count(*) FROM unseen WHERE attempts > 0) AS published_again;
