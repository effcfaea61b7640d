-- migrate:up

-- A person of the case may be told instead of a unit: by role, out of this report or the one the case came from.
ALTER TABLE notice ADD addressee_role text, ADD report_id uuid;

-- Which report a case came from: its own first one, or that of the case that opened it, whose roles `roles` renames.
-- Follows from the case log; the two cases may be read in any order.
CREATE TABLE origin (
  case_id        uuid PRIMARY KEY,
  report_id      uuid,
  parent_case_id uuid,
  roles          jsonb
);

-- How often a notice was handed to the gateway, until there is a proof. Kept when the notices are read anew.
CREATE TABLE delivery (
  case_id uuid        NOT NULL,
  task_id text        NOT NULL,
  tries   integer     NOT NULL,
  due_at  timestamptz NOT NULL,
  reason  text,
  final   boolean     NOT NULL DEFAULT false,
  PRIMARY KEY (case_id, task_id)
);

-- Who tried to reach the addressee, how, and what came of it. Only here, and kept.
CREATE TABLE attempt (
  case_id     uuid        NOT NULL,
  task_id     text        NOT NULL,
  channel     text        NOT NULL,
  result      text        NOT NULL,
  at          timestamptz NOT NULL,
  document    text,
  name_sealed bytea,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (case_id, task_id, channel, at)
);

-- Names are sealed to the vault's key from now on; those of before were in clear, so they go.
ALTER TABLE proof DROP told_name, ADD name_sealed bytea, DROP CONSTRAINT proof_channel_check,
  ADD CONSTRAINT proof_channel_check CHECK (channel IN ('inbox', 'phone', 'paper', 'gateway', 'sms', 'visit'));

-- migrate:down
ALTER TABLE proof DROP name_sealed, ADD told_name text;
DROP TABLE attempt;
DROP TABLE delivery;
DROP TABLE origin;
ALTER TABLE notice DROP addressee_role, DROP report_id;
