-- name: list_views
-- The views of these cases.
SELECT view FROM case_view WHERE case_id = ANY($1::uuid[]);

-- name: store_views
-- Put the views of cases as they are now.
INSERT INTO case_view (case_id, view) SELECT * FROM unnest($1::uuid[], $2::json[])
ON CONFLICT (case_id) DO UPDATE SET view = excluded.view;

-- name: delete_items
-- Take items away.
DELETE FROM queue_item USING unnest($1::uuid[], $2::text[]) AS gone (case_id, item)
WHERE queue_item.case_id = gone.case_id AND queue_item.item = gone.item;

-- name: forget_views
-- Begin anew.
DELETE FROM case_view;

-- name: forget_items
-- Begin anew.
DELETE FROM queue_item;

-- name: list_items
-- What is in all queues of some cases; for `verify`.
SELECT case_id, item, unit, kind, title, workflow, region, state, state_title, urgent, breached, due_at, opened_at,
  claimed_by, addressee, template, report_id, deadlines
FROM queue_item WHERE case_id = ANY($1::uuid[]);

-- name: list_queue
-- A unit's items, most urgent first, from the beginning.
SELECT item.*, read.version, EXISTS (SELECT FROM case_held WHERE case_held.case_id = item.case_id) AS held
FROM queue_item AS item JOIN case_position AS read USING (case_id)
WHERE unit = $1
ORDER BY rank, due_or_never, opened_at, case_id, item LIMIT $2;

-- name: list_queue_after
-- A unit's items, most urgent first, behind the one with this rank, due, opening, case and name.
SELECT item.*, read.version, EXISTS (SELECT FROM case_held WHERE case_held.case_id = item.case_id) AS held
FROM queue_item AS item JOIN case_position AS read USING (case_id)
WHERE unit = $1 AND (rank, due_or_never, opened_at, case_id, item)
  > ($3::smallint, coalesce($4::timestamptz, 'infinity'), $5::timestamptz, $6::uuid, $7::text)
ORDER BY rank, due_or_never, opened_at, case_id, item LIMIT $2;

-- name: list_next
-- The most urgent items of a unit that nobody has claimed.
SELECT item.*, read.version, EXISTS (SELECT FROM case_held WHERE case_held.case_id = item.case_id) AS held
FROM queue_item AS item JOIN case_position AS read USING (case_id)
WHERE unit = $1 AND claimed_by IS NULL
ORDER BY rank, due_or_never, opened_at, case_id, item LIMIT $2;

-- name: summarise
-- Open items by unit and kind; of one unit, or of all when none is given.
SELECT unit, workflow, kind, count(*) AS open, count(*) FILTER (WHERE urgent) AS urgent,
  count(*) FILTER (WHERE breached) AS breached, count(*) FILTER (WHERE claimed_by IS NULL) AS unclaimed,
  min(opened_at) AS oldest_opened_at, min(due_at) AS earliest_due_at
FROM queue_item WHERE unit = $1 OR $1 IS NULL
GROUP BY unit, workflow, kind ORDER BY unit, workflow, kind;

-- name: store_held
-- Records of these cases have gone into quarantine.
INSERT INTO case_held (quarantine_id, case_id) SELECT * FROM unnest($1::uuid[], $2::uuid[]) ON CONFLICT DO NOTHING;

-- name: delete_held
-- Somebody has decided about these.
DELETE FROM case_held WHERE quarantine_id = ANY($1::uuid[]);
