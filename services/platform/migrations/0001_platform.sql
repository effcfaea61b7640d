-- migrate:up

-- Up to where a reader has taken effect. The position and the effect are committed together.
CREATE TABLE fence (
  reader      text        NOT NULL,
  topic       text        NOT NULL,
  partition   integer     NOT NULL,
  next_offset bigint      NOT NULL,
  gaps        bigint      NOT NULL DEFAULT 0,
  moved_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (reader, topic, partition)
) WITH (fillfactor = 50);

-- A queue, not a log: a row is deleted when the broker has acknowledged it.
CREATE TABLE outbox (
  seq           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic         text        NOT NULL,
  key           bytea,
  header_names  bytea[]     NOT NULL,
  header_values bytea[]     NOT NULL,
  value         bytea,
  stored_at     timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);

-- Records that could not be understood, as they came.
CREATE TABLE quarantine (
  id             uuid        PRIMARY KEY,
  topic          text        NOT NULL,
  partition      integer     NOT NULL,
  "offset"       bigint      NOT NULL,
  key            bytea,
  value          bytea,
  header_names   bytea[]     NOT NULL,
  header_values  bytea[]     NOT NULL,
  recorded_at    timestamptz NOT NULL,
  reason         text        NOT NULL,
  quarantined_at timestamptz NOT NULL DEFAULT now(),
  state          text        NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'retried', 'discarded')),
  resolved_at    timestamptz,
  resolved_by    text
);
CREATE INDEX quarantine_held ON quarantine (id) WHERE state = 'held';

-- migrate:down
DROP TABLE quarantine;
DROP TABLE outbox;
DROP TABLE fence;
