-- name: close_notices
-- End notices. A task that is no notice is not here.
UPDATE notice SET closed_at = done.closed_at, outcome = done.outcome
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[]) AS done (case_id, task_id, closed_at, outcome)
WHERE notice.case_id = done.case_id AND notice.task_id = done.task_id;

-- name: forget_notices
-- Begin anew; the proofs stay.
DELETE FROM notice;

-- name: list_inbox
-- What a unit was told, newest first; behind the given notice, and only what is unread unless all is wanted.
SELECT notice.*, proof.channel, proof.proof, proof.proved_at
FROM notice LEFT JOIN proof USING (case_id, task_id)
WHERE addressee = $1 AND ($2 OR (proof.proof IS NULL AND closed_at IS NULL))
  AND ($3::uuid IS NULL
       OR (opened_at, notice_id) < (SELECT opened_at, notice_id FROM notice WHERE notice_id = $3 AND addressee = $1))
ORDER BY opened_at DESC, notice_id DESC LIMIT $4;

-- name: find_in_inbox
-- A notice by its id, if the unit is its addressee.
SELECT notice.*, proof.channel, proof.proof, proof.proved_at
FROM notice LEFT JOIN proof USING (case_id, task_id) WHERE notice_id = $1 AND addressee = $2;

-- name: find_owed
-- A notice by its task, if the unit owes it.
SELECT notice.*, proof.channel, proof.proof, proof.proved_at
FROM notice LEFT JOIN proof USING (case_id, task_id) WHERE case_id = $1 AND task_id = $2 AND unit = $3;

-- name: store_proof
-- Keep the first proof of a notice; no row when there is one.
INSERT INTO proof (case_id, task_id, channel, proof, proved_at, by_unit, name_sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING proof;

-- name: get_proof
-- The proof of a notice.
SELECT case_id, task_id, channel, proof, proved_at, by_unit, name_sealed FROM proof WHERE case_id = $1 AND task_id = $2;

-- name: list_unheard
-- Proofs whose notice is still open long after they were sent; each time they wait twice as long.
UPDATE proof SET sent_at = now(), resent = resent + 1
WHERE (case_id, task_id) IN (
  SELECT case_id, task_id FROM proof JOIN notice USING (case_id, task_id)
  WHERE closed_at IS NULL AND sent_at + make_interval(secs => $1::float8 * 2 ^ least(resent, 10)) < now()
  ORDER BY case_id, task_id LIMIT 500 FOR UPDATE OF proof SKIP LOCKED)
RETURNING case_id, task_id, channel, proof, proved_at, by_unit, name_sealed;

-- name: store_origin
-- Where the persons of a case are named; the parts come from two cases.
INSERT INTO origin AS known (case_id, report_id, parent_case_id, roles) VALUES ($1, $2, $3, $4)
ON CONFLICT (case_id) DO UPDATE SET
  report_id = coalesce(known.report_id, excluded.report_id),
  parent_case_id = coalesce(known.parent_case_id, excluded.parent_case_id),
  roles = coalesce(known.roles, excluded.roles);

-- name: forget_origins
-- Begin anew.
DELETE FROM origin;

-- name: take_due
-- Notices to be handed to the gateway now, each counted as tried and due again later should nothing come of it.
INSERT INTO delivery AS known (case_id, task_id, tries, due_at)
SELECT case_id, task_id, 1, now() + make_interval(secs => $2)
FROM notice LEFT JOIN delivery USING (case_id, task_id) LEFT JOIN proof USING (case_id, task_id)
WHERE closed_at IS NULL AND proof.proof IS NULL
  AND (addressee = ANY($1::text[]) OR (addressee IS NULL AND addressee_role IS NOT NULL))
  AND (tries IS NULL OR (tries < $3 AND NOT final AND due_at <= now()))
ORDER BY case_id, task_id LIMIT $4
ON CONFLICT (case_id, task_id) DO UPDATE
SET tries = known.tries + 1, due_at = now() + make_interval(secs => $2 * 2 ^ known.tries)
WHERE known.due_at <= now()
RETURNING case_id, task_id;

-- name: list_due
-- Those notices; for a person with the report and the role in it, looked up through the cases that led to this one.
WITH RECURSIVE named AS (
  SELECT notice_id, notice.case_id AS at_case, coalesce(notice.report_id, origin.report_id) AS report_id,
    parent_case_id, roles, addressee_role AS role
  FROM notice LEFT JOIN origin ON origin.case_id = notice.case_id
  WHERE addressee IS NULL AND (notice.case_id, task_id) IN (SELECT * FROM unnest($1::uuid[], $2::text[]))
  UNION
  SELECT notice_id, origin.case_id, origin.report_id, origin.parent_case_id, origin.roles,
    coalesce((SELECT min(key) FROM jsonb_each_text(named.roles) WHERE value = named.role), named.role)
  FROM named JOIN origin ON origin.case_id = named.parent_case_id
  WHERE named.report_id IS NULL AND named.roles IS NOT NULL
)
SELECT notice.*, named.report_id AS named_in, named.role AS named_as
FROM notice LEFT JOIN named ON named.notice_id = notice.notice_id AND named.report_id IS NOT NULL
WHERE (case_id, task_id) IN (SELECT * FROM unnest($1::uuid[], $2::text[]));

-- name: store_failure
-- Why the last try was in vain.
UPDATE delivery SET reason = $3, final = $4 WHERE case_id = $1 AND task_id = $2;

-- name: store_attempt
-- Keep an attempt; no row when it is here already.
INSERT INTO attempt (case_id, task_id, channel, result, at, document, name_sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING result;

-- name: get_attempt
-- What came of the attempt at that time by that channel.
SELECT result FROM attempt WHERE case_id = $1 AND task_id = $2 AND channel = $3 AND at = $4;

-- name: list_owed
-- What a unit still has to tell, oldest first; behind the given notice. With what the gateway and people have tried.
SELECT notice.*, tries, reason, final OR (tries >= $2 AND due_at <= now()) AS failed,
  (SELECT jsonb_agg(jsonb_build_object('channel', channel, 'result', result, 'at', at, 'document', document) ORDER BY at)
   FROM attempt WHERE attempt.case_id = notice.case_id AND attempt.task_id = notice.task_id) AS contacts
FROM notice LEFT JOIN delivery USING (case_id, task_id) LEFT JOIN proof USING (case_id, task_id)
WHERE unit = $1 AND closed_at IS NULL AND proof.proof IS NULL
  AND ($3::uuid IS NULL
       OR (opened_at, notice_id) > (SELECT opened_at, notice_id FROM notice WHERE notice_id = $3 AND unit = $1))
ORDER BY opened_at, notice_id LIMIT $4;
