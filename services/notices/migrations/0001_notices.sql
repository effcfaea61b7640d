-- migrate:up

-- What somebody has to be told; follows from the case log.
CREATE TABLE notice (
  notice_id uuid        PRIMARY KEY,
  case_id   uuid        NOT NULL,
  task_id   text        NOT NULL,
  unit      text        NOT NULL,
  addressee text,
  template  text        NOT NULL,
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  outcome   text,
  UNIQUE (case_id, task_id)
) WITH (fillfactor = 80);
CREATE INDEX notice_inbox ON notice (addressee, opened_at DESC, notice_id DESC) WHERE addressee IS NOT NULL;
CREATE INDEX notice_open ON notice (case_id, task_id) WHERE closed_at IS NULL;

-- How we know that it was told. Only here, and kept when the notices are read anew.
CREATE TABLE proof (
  case_id     uuid        NOT NULL,
  task_id     text        NOT NULL,
  channel     text        NOT NULL CHECK (channel IN ('inbox', 'phone', 'paper', 'gateway')),
  proof       text        NOT NULL,
  proved_at   timestamptz NOT NULL,
  by_unit     text        NOT NULL,
  told_name   text,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  sent_at     timestamptz NOT NULL DEFAULT now(),
  resent      integer     NOT NULL DEFAULT 0,
  PRIMARY KEY (case_id, task_id)
);

-- migrate:down
DROP TABLE proof;
DROP TABLE notice;
