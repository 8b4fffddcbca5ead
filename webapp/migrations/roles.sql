-- The database roles of Pamong. Run by a superuser, as often as you like; passwords are set separately:
--   ALTER ROLE pamong_app PASSWORD '…';
--
--   pamong_owner   owns the tables and runs migrations; never serves a request
--   pamong_app     the web server and the workers: owns nothing, row-level security always holds for it
--   pamong_lookup  nobody signs in as it; owns the few narrow functions that must look across schools
--   pamong_backup  reads everything for a backup and can change nothing

DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['pamong_owner', 'pamong_app', 'pamong_lookup', 'pamong_backup'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I', wanted);
        END IF;
    END LOOP;
END
$$;

ALTER ROLE pamong_owner  LOGIN   NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE pamong_app    LOGIN   NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE pamong_lookup NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS;
ALTER ROLE pamong_backup LOGIN   NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS;

-- A migration hands a function over to pamong_lookup; the owner does not otherwise have its rights.
GRANT pamong_lookup TO pamong_owner WITH INHERIT FALSE, SET TRUE;

-- Every table, also the ones of migrations to come. BYPASSRLS above makes the rows visible.
GRANT pg_read_all_data TO pamong_backup WITH INHERIT TRUE, SET FALSE;
ALTER ROLE pamong_backup SET default_transaction_read_only = on;
