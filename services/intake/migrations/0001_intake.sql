-- migrate:up

-- What was acknowledged. Nobody's name is here: `fields` are the structured rest of the report.
CREATE TABLE report (
  report_id    uuid        PRIMARY KEY,
  receipt      text        NOT NULL UNIQUE,
  unit         text        NOT NULL,
  request_hash bytea       NOT NULL UNIQUE,
  body_mac     bytea       NOT NULL,
  received_at  timestamptz NOT NULL,
  fields       jsonb       NOT NULL,
  traceparent  text,
  -- Which case it is in, once a fact said so. A confirmed case outweighs a proposed one, a later one an earlier.
  case_id      uuid,
  confirmed    boolean     NOT NULL DEFAULT false,
  linked_at    timestamptz NOT NULL DEFAULT '-infinity'
);

-- Identities and narratives on their way to the vault; intake cannot open them. Deleted when the vault has them.
CREATE TABLE sealed (
  report_id uuid        PRIMARY KEY REFERENCES report,
  content   bytea       NOT NULL,
  attempts  integer     NOT NULL DEFAULT 0,
  due_at    timestamptz NOT NULL DEFAULT now(),
  reason    text
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500);

-- Published, and no case fact yet says that it arrived. The tokens are forgotten when one does.
CREATE TABLE unseen (
  report_id uuid        PRIMARY KEY REFERENCES report,
  tokens    jsonb       NOT NULL,
  attempts  integer     NOT NULL DEFAULT 0,
  due_at    timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500);
CREATE INDEX unseen_due ON unseen (due_at);

-- What may be said in public of a case.
CREATE TABLE case_state (
  case_id      uuid    PRIMARY KEY,
  epoch        integer NOT NULL,
  version      integer NOT NULL,
  public_state text    NOT NULL
);

-- Reports as their reporters may see them. `waiting`: no case fact came back yet.
CREATE VIEW acknowledged AS
SELECT report_id, receipt, unit, request_hash, body_mac, received_at, fields, public_state,
  EXISTS (SELECT FROM sealed WHERE sealed.report_id = report.report_id)
    OR EXISTS (SELECT FROM unseen WHERE unseen.report_id = report.report_id) AS waiting
FROM report LEFT JOIN case_state USING (case_id);

-- migrate:down
DROP VIEW acknowledged;
DROP TABLE case_state;
DROP TABLE unseen;
DROP TABLE sealed;
DROP TABLE report;
