-- migrate:up

-- What an indicator must know of a case beside its milestones.
CREATE TABLE case_profile (
  case_id  uuid    PRIMARY KEY,
  workflow text    NOT NULL,
  region   text    NOT NULL,
  minor    boolean NOT NULL
);

-- Steps that indicators count; a correction is a new one.
CREATE TABLE milestone (
  case_id     uuid        NOT NULL,
  version     integer     NOT NULL,
  position    integer     NOT NULL,
  name        text        NOT NULL,
  occurred_at timestamptz NOT NULL,
  unit        text,
  dimensions  jsonb       NOT NULL,
  PRIMARY KEY (case_id, version, position)
);

-- One member of the cohort of one formula in one year. `in_denominator` becomes true when its window has run out.
CREATE TABLE member (
  case_id        uuid    NOT NULL,
  indicator      text    NOT NULL,
  part           text    NOT NULL,
  year           integer NOT NULL,
  member         text    NOT NULL,
  region         text    NOT NULL,
  dimensions     text    NOT NULL,
  in_denominator boolean NOT NULL,
  in_numerator   boolean NOT NULL,
  matures_on     date,
  PRIMARY KEY (case_id, indicator, part, year, member)
);
CREATE INDEX member_matures ON member (matures_on) WHERE matures_on IS NOT NULL;

-- Sums over members, changed by the difference.
CREATE TABLE cell (
  indicator   text    NOT NULL,
  part        text    NOT NULL,
  year        integer NOT NULL,
  region      text    NOT NULL,
  dimensions  text    NOT NULL,
  numerator   integer NOT NULL,
  denominator integer NOT NULL,
  PRIMARY KEY (indicator, part, year, region, dimensions)
) WITH (fillfactor = 50);

-- The domain date up to which windows have run out, and with what the members were evaluated.
CREATE TABLE sweep (
  only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  as_of       date    NOT NULL,
  evaluated_with jsonb NOT NULL
);
INSERT INTO sweep (as_of, evaluated_with) VALUES ('0001-01-01', '{}');

-- Everything that was published, so that it can be shown again years later.
CREATE TABLE observation (
  indicator text    NOT NULL,
  part      text    NOT NULL,
  year      integer NOT NULL,
  region    text    NOT NULL,
  revision  integer NOT NULL,
  as_of     date    NOT NULL,
  body      json    NOT NULL,
  PRIMARY KEY (indicator, part, year, region, revision)
);

-- migrate:down
DROP TABLE observation;
DROP TABLE sweep;
DROP TABLE cell;
DROP TABLE member;
DROP TABLE milestone;
DROP TABLE case_profile;
