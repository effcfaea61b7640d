-- migrate:up

-- Which keys wrote what is here. With other keys nothing could be read, and one person would get two tokens.
CREATE TABLE key_check (
  only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  fingerprint bytea   NOT NULL
);

-- Somebody known by a token. `id_mac` is a keyed hash; without an identity number nobody is ever the same.
CREATE TABLE person (
  token       text        PRIMARY KEY,
  id_mac      bytea       UNIQUE CHECK (length(id_mac) = 32),
  wrapped_key bytea       NOT NULL,
  stored_at   timestamptz NOT NULL DEFAULT now()
);

-- One report: narrative and reporter, encrypted with a key of its own.
CREATE TABLE report (
  report_id   uuid        PRIMARY KEY,
  sealed_hash bytea       NOT NULL,
  wrapped_key bytea       NOT NULL,
  content     bytea       NOT NULL,
  stored_at   timestamptz NOT NULL DEFAULT now()
);

-- What one report says of one person, encrypted with the person's key.
CREATE TABLE part (
  report_id uuid  NOT NULL REFERENCES report,
  role      text  NOT NULL,
  token     text  NOT NULL REFERENCES person,
  content   bytea NOT NULL,
  PRIMARY KEY (report_id, role)
);
CREATE INDEX part_of_person ON part (token);

-- Every opening, also of what was not there.
CREATE TABLE access_log (
  access_id   uuid        PRIMARY KEY,
  accessed_at timestamptz NOT NULL DEFAULT now(),
  unit        text        NOT NULL,
  purpose     text        NOT NULL,
  report_id   uuid,
  token       text,
  found       boolean     NOT NULL
);

-- migrate:down
DROP TABLE access_log;
DROP TABLE part;
DROP TABLE report;
DROP TABLE person;
DROP TABLE key_check;
