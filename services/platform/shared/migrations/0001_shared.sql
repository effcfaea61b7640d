-- migrate:up

-- Domain time: null is the wall clock.
CREATE TABLE clock (
  only_row     boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  simulated_at timestamptz
);
INSERT INTO clock (simulated_at) VALUES (NULL);

-- Who may call. The token itself is stored nowhere.
CREATE TABLE unit_token (
  token_hash bytea       PRIMARY KEY CHECK (length(token_hash) = 32),
  unit       text        NOT NULL,
  roles      text[]      NOT NULL,
  issued_at  timestamptz NOT NULL DEFAULT now()
);

-- migrate:down
DROP TABLE unit_token;
DROP TABLE clock;
