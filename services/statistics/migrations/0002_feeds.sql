-- migrate:up

-- Numbers to divide by, as their keepers stated them. Only ever added to: the highest revision of a place counts.
CREATE TABLE denominator (
  name      text        NOT NULL,
  region    text        NOT NULL,
  year      integer     NOT NULL,
  band      text        NOT NULL DEFAULT '',
  revision  integer     NOT NULL,
  value     bigint      NOT NULL CHECK (value >= 0),
  as_of     date        NOT NULL,
  unit      text        NOT NULL,
  document  text        NOT NULL,
  stated_at timestamptz NOT NULL,
  PRIMARY KEY (year, name, band, region, revision)
);

-- The year's values of the plans' own tables. Only ever added to, too; `worker` entered it.
CREATE TABLE external_value (
  target    text             NOT NULL,
  year      integer          NOT NULL,
  revision  integer          NOT NULL,
  value     double precision NOT NULL CHECK (value >= 0),
  unit      text             NOT NULL,
  document  text             NOT NULL,
  worker    text             NOT NULL,
  stated_at timestamptz      NOT NULL,
  PRIMARY KEY (year, target, revision)
);

-- That a second person found a revision right.
CREATE TABLE external_sign_off (
  target    text        NOT NULL,
  year      integer     NOT NULL,
  revision  integer     NOT NULL,
  unit      text        NOT NULL,
  worker    text        NOT NULL,
  signed_at timestamptz NOT NULL,
  PRIMARY KEY (year, target, revision),
  FOREIGN KEY (year, target, revision) REFERENCES external_value (year, target, revision)
);

-- migrate:down
DROP TABLE external_sign_off;
DROP TABLE external_value;
DROP TABLE denominator;
