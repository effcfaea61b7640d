-- name: get_size
-- The size of the cluster in bytes.
SELECT sum(pg_database_size(oid))::bigint FROM pg_database;

-- name: get_segment
-- The WAL segment that is being written.
SELECT pg_walfile_name(pg_current_wal_lsn());

-- name: find_fingerprint
-- With which keys the vault was written.
SELECT fingerprint FROM vault.key_check;

-- name: list_services
-- Which services are connected.
SELECT DISTINCT application_name FROM pg_stat_activity WHERE application_name = ANY($1::text[]) ORDER BY 1;

-- name: get_last_moment
-- The last transaction that was recovered, or null when there was none behind the base backup.
SELECT pg_last_xact_replay_timestamp();

-- name: forget_fences
-- Read every topic from its beginning.
DELETE FROM fence;

-- name: get_epoch
-- The epoch of the case log as this service knows it.
SELECT epoch FROM log_epoch;
