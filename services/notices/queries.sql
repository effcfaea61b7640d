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
INSERT INTO proof (case_id, task_id, channel, proof, proved_at, by_unit, told_name)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING proof;

-- name: get_proof
-- The proof of a notice.
SELECT case_id, task_id, channel, proof, proved_at, by_unit, told_name FROM proof WHERE case_id = $1 AND task_id = $2;

-- name: list_unheard
-- Proofs whose notice is still open long after they were sent; each time they wait twice as long.
UPDATE proof SET sent_at = now(), resent = resent + 1
WHERE (case_id, task_id) IN (
  SELECT case_id, task_id FROM proof JOIN notice USING (case_id, task_id)
  WHERE closed_at IS NULL AND sent_at + make_interval(secs => $1::float8 * 2 ^ least(resent, 10)) < now()
  ORDER BY case_id, task_id LIMIT 500 FOR UPDATE OF proof SKIP LOCKED)
RETURNING case_id, task_id, channel, proof, proved_at, by_unit, told_name;
