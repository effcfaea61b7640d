-- migrate:up

-- The last version read of every case.
CREATE TABLE case_position (
  case_id uuid    PRIMARY KEY,
  version integer NOT NULL
) WITH (fillfactor = 70);

-- Facts that came before their predecessor.
CREATE TABLE parked_fact (
  case_id   uuid        NOT NULL,
  version   integer     NOT NULL,
  data      bytea       NOT NULL,
  parked_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (case_id, version)
);

-- A restore of casework raises the epoch of its log; what was built from the old one is forgotten.
CREATE TABLE log_epoch (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  epoch    integer NOT NULL
);
INSERT INTO log_epoch (epoch) VALUES (0);

-- migrate:down
DROP TABLE log_epoch;
DROP TABLE parked_fact;
DROP TABLE case_position;
