"""Building blocks for migrations: row-level security of one tenant table.

A migration that adds a table calls `fence()`; the boot gate and a test read the catalog and fail
when a table with school_id was left without.
"""

from __future__ import annotations

IN_SCOPE = "school_id = ANY ((SELECT app_school_ids())::int[])"


def fence(
    table: str,
    *,
    delete: bool = False,
    select_also: str | None = None,
    insert_also: str | None = None,
    update_also: str | None = None,
) -> list[str]:
    """Statements that force row-level security on `table`, one permissive policy per command.

    `…_also` widens one command beyond the scope's schools. DELETE is granted only where asked:
    most of what is recorded here is never deleted.
    """

    def either(also: str | None) -> str:
        return IN_SCOPE if also is None else f"({IN_SCOPE}) OR ({also})"

    statements = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"GRANT SELECT, INSERT, UPDATE ON {table} TO pamong_app",
        f"CREATE POLICY tenant_select ON {table} FOR SELECT USING ({either(select_also)})",
        f"CREATE POLICY tenant_insert ON {table} FOR INSERT WITH CHECK ({either(insert_also)})",
        f"CREATE POLICY tenant_update ON {table} FOR UPDATE USING ({either(update_also)})"
        f" WITH CHECK ({either(update_also)})",
    ]
    if delete:
        statements += [
            f"GRANT DELETE ON {table} TO pamong_app",
            f"CREATE POLICY tenant_delete ON {table} FOR DELETE USING ({IN_SCOPE})",
        ]
    return statements


def confine(table: str, readers: str, *, insert: str | None = None, update: str | None = None) -> list[str]:
    """Restrictive policies on the person: whom a row of `table` is for, besides its school.

    `insert` and `update` narrow (or, for insert, replace) what writers need.
    """
    return [
        f"CREATE POLICY readers_select ON {table} AS RESTRICTIVE FOR SELECT USING ({readers})",
        f"CREATE POLICY readers_insert ON {table} AS RESTRICTIVE FOR INSERT WITH CHECK ({insert or readers})",
        f"CREATE POLICY readers_update ON {table} AS RESTRICTIVE FOR UPDATE USING ({update or readers})",
    ]

CLOSE_LOOKUPS = """
SET LOCAL ROLE pamong_lookup;
DO $$ DECLARE f regprocedure; BEGIN
  FOR f IN SELECT p.oid::regprocedure FROM pg_catalog.pg_proc p
           WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef LOOP
    EXECUTE 'REVOKE ALL ON FUNCTION ' || f || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || f || ' TO pamong_app, pamong_owner';
  END LOOP;
END $$;
RESET ROLE;
"""
"""Closes every look-up function to all but the app and the owner; in a transaction, as the owner."""


def lookup(signature: str) -> list[str]:
    """Statements that hand a SECURITY DEFINER function to pamong_lookup, for the app alone to call."""
    return [
        "GRANT CREATE ON SCHEMA public TO pamong_lookup",
        f"ALTER FUNCTION {signature} OWNER TO pamong_lookup",
        "REVOKE CREATE ON SCHEMA public FROM pamong_lookup",
        # Whose a function is gives its rights and takes them; for anybody else this does nothing, silently.
        "SET LOCAL ROLE pamong_lookup",
        f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {signature} TO pamong_app, pamong_owner",
        "RESET ROLE",
    ]
