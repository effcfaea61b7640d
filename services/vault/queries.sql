-- name: check_fingerprint
-- The fingerprint of the keys in use; the first ones are those of the first start.
WITH first AS (
  INSERT INTO key_check (fingerprint) VALUES ($1) ON CONFLICT DO NOTHING RETURNING fingerprint
)
SELECT fingerprint FROM first
UNION ALL
SELECT fingerprint FROM key_check;

-- name: store_reports
-- Reports that are not here yet; tells which. Sorted, so that two hand-overs wait and do not deadlock.
INSERT INTO report (report_id, sealed_hash, wrapped_key, content)
SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[]) AS new (report_id, h, k, c) ORDER BY report_id
ON CONFLICT DO NOTHING
RETURNING report_id;

-- name: store_persons
-- Persons that are not here yet, in the order of their hashes.
INSERT INTO person (token, id_mac, wrapped_key)
SELECT * FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS new (token, id_mac, wrapped_key) ORDER BY id_mac
ON CONFLICT (id_mac) DO NOTHING;

-- name: list_known
-- Persons by the hashes of their identity numbers.
SELECT id_mac, token, wrapped_key FROM person WHERE id_mac = ANY($1::bytea[]);

-- name: store_parts
-- What reports say of persons.
INSERT INTO part (report_id, role, token, content)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[]);

-- name: list_tokens
-- The tokens of reports, and the hash of what was handed over.
SELECT report_id, sealed_hash, role, token FROM report LEFT JOIN part USING (report_id)
WHERE report_id = ANY($1::uuid[]);

-- name: find_report
-- Narrative and reporter, encrypted.
SELECT wrapped_key, content FROM report WHERE report_id = $1;

-- name: list_parts_of_report
-- The persons of a report, encrypted.
SELECT report_id, role, token, wrapped_key, content FROM part JOIN person USING (token)
WHERE report_id = $1 ORDER BY role;

-- name: find_part
-- What a report says of the person with that role, encrypted.
SELECT report_id, role, token, wrapped_key, content FROM part JOIN person USING (token)
WHERE report_id = $1 AND role = $2;

-- name: list_parts_of_person
-- What all reports say of one person, encrypted, oldest report first.
SELECT report_id, role, token, wrapped_key, content FROM part JOIN person USING (token)
WHERE token = $1 ORDER BY report_id;

-- name: store_access
-- Who opened what, and why.
INSERT INTO access_log (access_id, unit, purpose, report_id, token, found) VALUES ($1, $2, $3, $4, $5, $6);
