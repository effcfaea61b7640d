-- name: count_pending
-- Everything that is still to happen at this moment of domain time: not handed over, not published, not rung.
SELECT
  (SELECT count(*) FROM intake.sealed) + (SELECT count(*) FROM intake.unseen)
  + (SELECT count(*) FROM intake.outbox) + (SELECT count(*) FROM casework.outbox)
  + (SELECT count(*) FROM worklist.outbox) + (SELECT count(*) FROM notices.outbox)
  + (SELECT count(*) FROM vault.outbox)
  + (SELECT count(*) FROM casework.timer
     WHERE fires_at <= (SELECT coalesce(simulated_at, now()) FROM platform.clock)) AS pending,
  (SELECT json_agg(json_build_array(reader, topic, partition, next_offset)) FROM (
    SELECT reader, topic, partition, next_offset FROM intake.fence
    UNION ALL SELECT reader, topic, partition, next_offset FROM casework.fence
    UNION ALL SELECT reader, topic, partition, next_offset FROM worklist.fence
    UNION ALL SELECT reader, topic, partition, next_offset FROM notices.fence
    UNION ALL SELECT reader, topic, partition, next_offset FROM statistics.fence
  ) AS fences) AS fences;

-- name: count_quarantined
-- Records that no reader understood, in all services.
SELECT
  (SELECT count(*) FROM intake.quarantine) + (SELECT count(*) FROM casework.quarantine)
  + (SELECT count(*) FROM worklist.quarantine) + (SELECT count(*) FROM notices.quarantine)
  + (SELECT count(*) FROM statistics.quarantine);

-- name: list_facts
-- The whole case log, case by case.
SELECT body FROM casework.case_fact ORDER BY case_id, version;

-- name: count_proofs
-- Notices proved, by how.
SELECT channel, count(*) AS proved FROM notices.proof GROUP BY channel ORDER BY channel;

-- name: list_accepted
-- The reports that intake has acknowledged.
SELECT report_id FROM intake.report ORDER BY report_id;
