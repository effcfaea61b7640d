-- migrate:up

-- What the items of a case follow from.
CREATE TABLE case_view (
  case_id uuid PRIMARY KEY,
  view    json NOT NULL
) WITH (fillfactor = 70);

-- One thing for one unit to do. `rank`: danger first, then what is overdue.
CREATE TABLE queue_item (
  case_id     uuid        NOT NULL,
  item        text        NOT NULL,
  unit        text        NOT NULL,
  kind        text        NOT NULL,
  title       text        NOT NULL,
  workflow    text        NOT NULL,
  region      text        NOT NULL,
  state       text        NOT NULL,
  state_title text        NOT NULL,
  urgent      boolean     NOT NULL,
  breached    boolean     NOT NULL,
  due_at      timestamptz,
  opened_at   timestamptz NOT NULL,
  claimed_by  text,
  addressee   text,
  template    text,
  report_id   uuid,
  deadlines   jsonb       NOT NULL,
  rank        smallint    NOT NULL GENERATED ALWAYS AS
    (CASE WHEN urgent THEN 0 ELSE 2 END + CASE WHEN breached THEN 0 ELSE 1 END) STORED,
  due_or_never timestamptz NOT NULL GENERATED ALWAYS AS (coalesce(due_at, 'infinity')) STORED,
  PRIMARY KEY (case_id, item)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX queue_order ON queue_item (unit, rank, due_or_never, opened_at, case_id, item);

-- migrate:down
DROP TABLE queue_item;
DROP TABLE case_view;
