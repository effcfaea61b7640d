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
-- Which case each report is in.
UPDATE report SET case_id = link.case_id, confirmed = link.confirmed, linked_at = link.linked_at
FROM unnest($1::uuid[], $2::uuid[], $3::boolean[], $4::timestamptz[]) AS link (report_id, case_id, confirmed, linked_at)
WHERE report.report_id = link.report_id
  AND (report.confirmed, report.linked_at) < (link.confirmed, link.linked_at);

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
