-- migrate:up
DROP TABLE cell;
DROP TABLE member;
DROP TABLE milestone;
DROP TABLE case_profile;

-- What indicators count. `source` is the step that it follows from, its own name when it was told. `region` is the
-- case's at that time; a step that was taken back stays, marked.
CREATE TABLE step (
  case_id    uuid        NOT NULL,
  version    integer     NOT NULL,
  position   integer     NOT NULL,
  name       text        NOT NULL,
  source     text        NOT NULL,
  at         timestamptz NOT NULL,
  workflow   text        NOT NULL,
  region     text        NOT NULL,
  unit       text,
  dimensions jsonb       NOT NULL,
  withdrawn  boolean     NOT NULL DEFAULT false,
  PRIMARY KEY (case_id, version, position)
);
CREATE INDEX step_report ON step ((dimensions->>'report_id')) WHERE dimensions ? 'report_id';

-- Whom a case is about, without the person. Ages are those at its opening.
CREATE TABLE subject (
  case_id   uuid    NOT NULL,
  role      text    NOT NULL,
  pseudonym text    NOT NULL,
  sex       text    NOT NULL,
  minor     boolean NOT NULL,
  age_years integer
);
CREATE INDEX subject_case ON subject (case_id);
CREATE INDEX subject_pseudonym ON subject (pseudonym);

-- Cases of which something has come that no member knows of yet; one may stand here often.
CREATE TABLE dirty (case_id uuid NOT NULL);

-- One member of the cohort of one part of an indicator in one year. `member` is what is counted, with its kind before
-- it; `item` tells the steps of a case apart, and the entries of a list; `case_id` is that of its first step of the
-- year, which gives it half-year, county and dimensions. `in_denominator` becomes true when its windows have run out.
CREATE TABLE member (
  member         text     NOT NULL,
  item           text     NOT NULL,
  indicator      text     NOT NULL,
  part           text     NOT NULL,
  year           integer  NOT NULL,
  half           smallint NOT NULL,
  region         text     NOT NULL,
  dimensions     text     NOT NULL,
  in_denominator boolean  NOT NULL,
  in_numerator   boolean  NOT NULL,
  value          float8,
  matures_on     date,
  case_id        uuid     NOT NULL,
  PRIMARY KEY (member, item, indicator, part, year)
);
CREATE INDEX member_waits ON member (matures_on) WHERE matures_on IS NOT NULL;
CREATE INDEX member_value ON member (indicator, part, year) WHERE value IS NOT NULL;

-- Sums over members, changed by the difference.
CREATE TABLE cell (
  indicator   text     NOT NULL,
  part        text     NOT NULL,
  year        integer  NOT NULL,
  half        smallint NOT NULL,
  region      text     NOT NULL,
  dimensions  text     NOT NULL,
  numerator   integer  NOT NULL,
  denominator integer  NOT NULL,
  PRIMARY KEY (indicator, part, year, half, region, dimensions)
) WITH (fillfactor = 50);

-- Everything is read again; what the topic no longer has, `liandong republish` sends once more.
DELETE FROM fence;
DELETE FROM case_position;
UPDATE sweep SET as_of = '0001-01-01', evaluated_with = '{}';

-- migrate:down
DROP TABLE cell;
DROP TABLE member;
DROP TABLE dirty;
DROP TABLE subject;
DROP TABLE step;
CREATE TABLE case_profile (case_id uuid PRIMARY KEY, workflow text NOT NULL, region text NOT NULL, minor boolean NOT NULL);
CREATE TABLE milestone (
  case_id uuid NOT NULL, version integer NOT NULL, position integer NOT NULL, name text NOT NULL,
  occurred_at timestamptz NOT NULL, unit text, dimensions jsonb NOT NULL, PRIMARY KEY (case_id, version, position)
);
CREATE TABLE member (
  case_id uuid NOT NULL, indicator text NOT NULL, part text NOT NULL, year integer NOT NULL, member text NOT NULL,
  region text NOT NULL, dimensions text NOT NULL, in_denominator boolean NOT NULL, in_numerator boolean NOT NULL,
  matures_on date, PRIMARY KEY (case_id, indicator, part, year, member)
);
CREATE INDEX member_matures ON member (matures_on) WHERE matures_on IS NOT NULL;
CREATE TABLE cell (
  indicator text NOT NULL, part text NOT NULL, year integer NOT NULL, region text NOT NULL, dimensions text NOT NULL,
  numerator integer NOT NULL, denominator integer NOT NULL, PRIMARY KEY (indicator, part, year, region, dimensions)
) WITH (fillfactor = 50);
