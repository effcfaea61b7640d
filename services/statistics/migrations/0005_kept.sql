-- migrate:up

-- What was stated, signed and published stays as it is, whoever tries to change it.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is only ever added to; what was published stays', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON denominator EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON external_value EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON external_sign_off EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON observation EXECUTE FUNCTION refuse_change();

-- Drafts and proposals come and go.
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON release
  FOR EACH ROW WHEN (OLD.stage = 'published') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kept_whole BEFORE TRUNCATE ON release EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_change_of_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM gone JOIN release ON release.id = gone.release WHERE stage = 'published') THEN
    RAISE EXCEPTION 'the members of a published edition stay' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER kept_deleted AFTER DELETE ON release_member REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_published();
CREATE TRIGGER kept_updated AFTER UPDATE ON release_member REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_published();
CREATE TRIGGER kept_whole BEFORE TRUNCATE ON release_member EXECUTE FUNCTION refuse_change();

-- migrate:down
DROP TRIGGER kept_whole ON release_member;
DROP TRIGGER kept_updated ON release_member;
DROP TRIGGER kept_deleted ON release_member;
DROP FUNCTION refuse_change_of_published;
DROP TRIGGER kept_whole ON release;
DROP TRIGGER kept ON release;
DROP TRIGGER kept ON observation;
DROP TRIGGER kept ON external_sign_off;
DROP TRIGGER kept ON external_value;
DROP TRIGGER kept ON denominator;
DROP FUNCTION refuse_change;
