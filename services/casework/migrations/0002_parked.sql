-- migrate:up

-- Records for a case that is not here yet, or behind one of the same case that is in quarantine; as they came.
CREATE TABLE parked_record (
  id            uuid        PRIMARY KEY,
  case_id       uuid        NOT NULL,
  topic         text        NOT NULL,
  partition     integer     NOT NULL,
  "offset"      bigint      NOT NULL,
  key           bytea,
  value         bytea,
  header_names  bytea[]     NOT NULL,
  header_values bytea[]     NOT NULL,
  recorded_at   timestamptz NOT NULL,
  parked_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX parked_record_case ON parked_record (case_id);

-- migrate:down
DROP TABLE parked_record;
