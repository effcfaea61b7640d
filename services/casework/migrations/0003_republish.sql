-- migrate:up

-- While the whole log is published again: the last fact that has gone into the outbox. Else there is no row.
CREATE TABLE republish (
  case_id uuid    NOT NULL,
  version integer NOT NULL,
  one     boolean PRIMARY KEY DEFAULT true CHECK (one)
);

-- migrate:down
DROP TABLE republish;
