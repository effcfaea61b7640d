-- migrate:up

-- In which epoch of the case log a fact last said that the report arrived.
ALTER TABLE report ADD epoch integer NOT NULL DEFAULT 0;

-- The epoch of the case log. `recalled_to` is set while reports are looked through that it does not know: up to which.
CREATE TABLE log_epoch (
  epoch       integer     NOT NULL,
  raised_at   timestamptz NOT NULL DEFAULT now(),
  recalled_to uuid,
  only_row    boolean     PRIMARY KEY DEFAULT true CHECK (only_row)
);
INSERT INTO log_epoch (epoch) SELECT coalesce(max(epoch), 0) FROM case_state;
UPDATE report SET epoch = (SELECT epoch FROM log_epoch)
WHERE NOT EXISTS (SELECT FROM sealed WHERE sealed.report_id = report.report_id)
  AND NOT EXISTS (SELECT FROM unseen WHERE unseen.report_id = report.report_id);

-- migrate:down
DROP TABLE log_epoch;
ALTER TABLE report DROP epoch;
