-- migrate:up

-- The case log. It is the truth; (case_id, version) is a fact's identity. The body is the fact as it was published.
CREATE TABLE case_fact (
  case_id    uuid        NOT NULL,
  version    integer     NOT NULL,
  cause      text        NOT NULL,
  decided_at timestamptz NOT NULL,
  body       json        NOT NULL,
  PRIMARY KEY (case_id, version)
);

-- A cache of the folded log, and the row that everyone who moves the case locks.
CREATE TABLE case_state (
  case_id  uuid    PRIMARY KEY,
  workflow text    NOT NULL,
  state    text    NOT NULL,
  version  integer NOT NULL,
  body     json    NOT NULL
) WITH (fillfactor = 70);

-- One row for each trigger, also for one that changed nothing.
CREATE TABLE cause (
  cause_id     text        PRIMARY KEY,
  outcome      text        NOT NULL CHECK (outcome IN ('applied', 'rejected', 'stale')),
  case_id      uuid,
  case_version integer,
  fingerprint  bytea,
  answer       json,
  first_seen   timestamptz NOT NULL DEFAULT now()
);

-- Which open case holds a join key: at most one, and it is the only guard of opening.
CREATE TABLE case_subject (
  workflow text NOT NULL,
  join_key text NOT NULL,
  case_id  uuid NOT NULL,
  PRIMARY KEY (workflow, join_key)
);
CREATE INDEX case_subject_case ON case_subject (case_id);

-- Who is meant by a role, as each report names them. Tokens only; they never leave this table for a topic.
CREATE TABLE case_person (
  case_id   uuid NOT NULL,
  report_id uuid NOT NULL,
  role      text NOT NULL,
  token     text NOT NULL,
  subject   json NOT NULL,
  PRIMARY KEY (case_id, report_id, role)
);

-- The next alarm of every open clock. Claimed, decided and deleted in one transaction.
CREATE TABLE timer (
  case_id     uuid        NOT NULL,
  deadline_id text        NOT NULL,
  fires_at    timestamptz NOT NULL,
  PRIMARY KEY (case_id, deadline_id)
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
CREATE INDEX timer_due ON timer (fires_at);

-- Raised by a restore; a reader that sees a new epoch builds anew.
CREATE TABLE log_epoch (
  epoch integer NOT NULL,
  one   boolean PRIMARY KEY DEFAULT true CHECK (one)
);
INSERT INTO log_epoch (epoch) VALUES (1);

-- migrate:down
DROP TABLE log_epoch, timer, case_person, case_subject, cause, case_state, case_fact;
