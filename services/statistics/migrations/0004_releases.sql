-- migrate:up

-- An edition of the figures of a city and a period, with everything that is needed to make its files again.
-- A draft is being checked, a proposal waits for the second person, what is published never changes.
CREATE TABLE release (
  id            bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  region        text    NOT NULL,
  period        text    NOT NULL,
  edition       integer NOT NULL CHECK (edition > 0),
  stage         text    NOT NULL CHECK (stage IN ('draft', 'proposed', 'published')),
  reason        text    NOT NULL,
  proposed_unit   text  NOT NULL,
  proposed_worker text  NOT NULL,
  proposed_on     date  NOT NULL,
  signed_unit     text,
  signed_worker   text,
  published_on    date,
  -- ids of the releases that it was attacked together with
  history       bigint[] NOT NULL,
  -- definitions with their wording, settings, calendar, position in the log, plans: as JSON
  frozen        json    NOT NULL,
  -- true values, needs and what is shown, for attacks on later releases; compressed JSON
  grid          bytea,
  -- the cells of the release; compressed JSON
  cells         bytea,
  UNIQUE (region, period, edition),
  CHECK (stage = 'draft' OR (grid IS NOT NULL AND cells IS NOT NULL)),
  CHECK (stage <> 'published' OR (signed_unit, signed_worker) IS DISTINCT FROM (proposed_unit, proposed_worker)),
  CHECK ((stage = 'published') = (published_on IS NOT NULL AND signed_unit IS NOT NULL AND signed_worker IS NOT NULL))
);

-- Who was counted in an edition, so that a later difference can be told member by member.
CREATE TABLE release_member (
  release        bigint   NOT NULL REFERENCES release ON DELETE CASCADE,
  indicator      text     NOT NULL,
  part           text     NOT NULL,
  member         text     NOT NULL,
  item           text     NOT NULL,
  half           smallint NOT NULL,
  region         text     NOT NULL,
  dimensions     text     NOT NULL,
  in_denominator boolean  NOT NULL,
  in_numerator   boolean  NOT NULL,
  value          float8,
  case_id        uuid     NOT NULL,
  PRIMARY KEY (release, indicator, part, member, item)
);

-- migrate:down
DROP TABLE release_member;
DROP TABLE release;
