-- migrate:up

-- What became of every record since `first_offset`; together they are as many as have been consumed.
ALTER TABLE fence
  ADD first_offset bigint NOT NULL DEFAULT 0,
  ADD applied      bigint NOT NULL DEFAULT 0,
  ADD duplicate    bigint NOT NULL DEFAULT 0,
  ADD stale        bigint NOT NULL DEFAULT 0,
  ADD rejected     bigint NOT NULL DEFAULT 0,
  ADD parked       bigint NOT NULL DEFAULT 0,
  ADD quarantined  bigint NOT NULL DEFAULT 0;
UPDATE fence SET first_offset = next_offset - gaps;

-- `case_id` when the record's key names a case. `resolution` is a code.
ALTER TABLE quarantine
  ADD case_id    uuid,
  ADD resolution text;
CREATE INDEX quarantine_held_of_case ON quarantine (case_id) WHERE state = 'held';

-- Held records as somebody has repaired them; the original stays, and the last repair counts.
CREATE TABLE quarantine_repair (
  quarantine_id uuid        NOT NULL REFERENCES quarantine (id),
  number        integer     NOT NULL,
  repaired_at   timestamptz NOT NULL DEFAULT now(),
  repaired_by   text        NOT NULL,
  reason        text        NOT NULL,
  key           bytea,
  value         bytea,
  header_names  bytea[]     NOT NULL,
  header_values bytea[]     NOT NULL,
  PRIMARY KEY (quarantine_id, number)
);

-- migrate:down
DROP TABLE quarantine_repair;
ALTER TABLE quarantine DROP case_id, DROP resolution;
ALTER TABLE fence DROP first_offset, DROP applied, DROP duplicate, DROP stale, DROP rejected, DROP parked,
  DROP quarantined;
