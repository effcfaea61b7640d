-- migrate:up

-- Records in some service's quarantine that belong to a case; its items are marked while there is one.
CREATE TABLE case_held (
  quarantine_id uuid PRIMARY KEY,
  case_id       uuid NOT NULL
);
CREATE INDEX case_held_case ON case_held (case_id);

-- migrate:down
DROP TABLE case_held;
