-- Who may do what in PostgreSQL: each part of drape sees and changes what is its own. Run it as a superuser in drape's database, before
-- the first `drape migrate` or at any time after it; again does no harm. Passwords are yours to set: ALTER ROLE … PASSWORD.
--
--   drape_projector  database.url           owns the views and the archive of the log, and knows nobody's password
--   drape_query      database.read_url      reads the views, and writes nothing
--   drape_identity   database.identity_url  owns the sign-in, and sees neither views nor archive
DO $$
DECLARE
  name text;
  thing record;
BEGIN
  FOREACH name IN ARRAY ARRAY['drape_projector', 'drape_query', 'drape_identity'] LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
        EXECUTE format('CREATE ROLE %I LOGIN', name);
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL; -- Somebody made it at the same time, for another database.
    END;
  END LOOP;

  CREATE SCHEMA IF NOT EXISTS drape;
  CREATE SCHEMA IF NOT EXISTS identity;
  -- What was made before there were roles.
  FOR thing IN
    SELECT nspname, CASE WHEN nspname = 'identity' THEN 'drape_identity' ELSE 'drape_projector' END AS owner
    FROM pg_namespace WHERE nspname IN ('drape', 'drape_next', 'drape_archive', 'identity')
  LOOP
    EXECUTE format('ALTER SCHEMA %I OWNER TO %I', thing.nspname, thing.owner);
  END LOOP;
  FOR thing IN
    SELECT schemaname, tablename, CASE WHEN schemaname = 'identity' THEN 'drape_identity' ELSE 'drape_projector' END AS owner
    FROM pg_tables
    WHERE schemaname IN ('drape', 'drape_next', 'drape_archive', 'identity') OR (schemaname = 'public' AND tablename = '_sqlx_migrations')
  LOOP
    EXECUTE format('ALTER TABLE %I.%I OWNER TO %I', thing.schemaname, thing.tablename, thing.owner);
  END LOOP;

  -- Both make schemas when they migrate.
  EXECUTE format('GRANT CREATE, TEMPORARY ON DATABASE %I TO drape_projector, drape_identity', current_database());
  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END $$;

-- The list of the views' migrations lies there.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO drape_projector;

-- A view that is rebuilt is a table that was not there before.
GRANT USAGE ON SCHEMA drape TO drape_query;
GRANT SELECT ON ALL TABLES IN SCHEMA drape TO drape_query;
ALTER DEFAULT PRIVILEGES FOR ROLE drape_projector GRANT SELECT ON TABLES TO drape_query;

ALTER ROLE drape_query SET default_transaction_read_only = on;
ALTER ROLE drape_query SET statement_timeout = '5s';
ALTER ROLE drape_query SET plan_cache_mode = force_custom_plan;
