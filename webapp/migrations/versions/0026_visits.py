"""A family is asked by mail whether the school may visit, and answers by a link that opens nothing else; the
scan of a written permission belongs to its visit."""

import sqlalchemy as sa
from alembic import op

from webapp.migrations.rls import confine, fence, lookup

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TEAM = "case_id = ANY ((SELECT app_my_case_ids())::bigint[])"
OWN = "((SELECT app_kind()) = 'guest' AND id = (SELECT app_visit_request_id()))"
SYSTEM = "(SELECT app_has_role('system'))"
THEIR_VISIT = "activity_id = (SELECT app_visit_activity_id())"
THEIR_STEP = f"{THEIR_VISIT} AND step = 'planning.paperwork'"
THEIR_FIELDS = (
    f"{THEIR_STEP} AND field IN ('permission','permission_channel','permission_on','permission_by')"
)
OTHERS_VISITS = "NOT coalesce(activity_id = ANY ((SELECT app_excluded_activity_ids())::bigint[]), false)"
MOMENT = sa.DateTime(timezone=True)

FUNCTIONS = {
    # Whoever comes by a link brings nothing but its token. A guardian who may not be contacted has none.
    "app_visit_by_token(text)": """
CREATE FUNCTION app_visit_by_token(hashed text)
RETURNS TABLE (school_id int, request_id bigint, expires_at timestamptz, revoked_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT r.school_id, r.id, r.expires_at, r.revoked_at FROM visit_requests r
   JOIN guardians g ON g.school_id = r.school_id AND g.id = r.guardian_id
   WHERE r.token_hash = hashed AND NOT g.do_not_contact $$
""",
    # The visit that the guest in scope was asked about, as long as the answer still counts: before it begins,
    # while it is planned, and its case open.
    "app_visit_activity_id()": """
CREATE FUNCTION app_visit_activity_id() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT r.activity_id FROM visit_requests r
   JOIN activities a ON a.school_id = r.school_id AND a.id = r.activity_id
   JOIN cases c ON c.school_id = r.school_id AND c.id = r.case_id
   JOIN guardians g ON g.school_id = r.school_id AND g.id = r.guardian_id
   WHERE app_kind() = 'guest' AND r.school_id = ANY (app_school_ids()) AND r.id = app_visit_request_id()
     AND r.revoked_at IS NULL AND r.starts_at > app_at()
     AND a.state = 'active' AND c.status <> 'closed' AND NOT g.do_not_contact $$
""",
    # The same, and nobody changes the visit or closes the case until the answer is recorded.
    "app_hold_visit()": """
CREATE FUNCTION app_hold_visit() RETURNS bigint LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ BEGIN
  PERFORM 1 FROM cases c JOIN visit_requests r ON r.school_id = c.school_id AND r.case_id = c.id
   WHERE r.school_id = ANY (app_school_ids()) AND r.id = app_visit_request_id() FOR SHARE OF c;
  PERFORM 1 FROM activities a
   WHERE a.school_id = ANY (app_school_ids()) AND a.id = app_visit_activity_id() FOR UPDATE;
  RETURN app_visit_activity_id();
END $$
""",
}


def upgrade() -> None:
    op.create_table(
        "visit_requests",
        sa.Column("activity_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("guardian_id", sa.BigInteger(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=False),
        sa.Column("asked_as", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.Column("answers", sa.SmallInteger(), nullable=False),
        sa.Column("disowned_at", MOMENT),
        sa.Column("noted_at", MOMENT),
        sa.Column("noted_by", sa.BigInteger()),
        *(sa.Column(f"{name}_enc", sa.LargeBinary()) for name in ("name", "email", "message", "proposed_time")),
        sa.Column("school_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_visit_requests_school_id"), ondelete="RESTRICT"
        ),
        *(
            sa.ForeignKeyConstraint(
                ["school_id", column],
                [f"{target}.school_id", f"{target}.id"],
                name=op.f(f"fk_visit_requests_school_id_{column}"),
                ondelete=ondelete,
            )
            for column, target, ondelete in (
                ("activity_id", "activities", "CASCADE"),
                ("case_id", "cases", "RESTRICT"),
                ("guardian_id", "guardians", "RESTRICT"),
            )
        ),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("pk_visit_requests")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_visit_requests_token_hash")),
        sa.CheckConstraint(
            "answer IN ('pending','yes','no','other_time')", name=op.f("ck_visit_requests_answer")
        ),
    )
    for column in ("activity_id", "case_id"):
        op.create_index(op.f(f"ix_visit_requests_school_id_{column}"), "visit_requests", ["school_id", column])
    _column("outbox", "activity_id", "activities", "RESTRICT")
    _column("outbox", "guardian_id", "guardians", "RESTRICT", indexed=False)
    _column("attachments", "activity_id", "activities", "CASCADE")
    op.drop_constraint(op.f("ck_attachments_purpose"), "attachments")
    op.drop_constraint(op.f("ck_attachments_participant"), "attachments")
    for name, rule in (
        ("purpose", "purpose IN ('case','signed_commitment','written_answer','visit_permission')"),
        ("participant", "(purpose IN ('signed_commitment','written_answer')) = (participant_id IS NOT NULL)"),
        ("activity", "(purpose = 'visit_permission') = (activity_id IS NOT NULL)"),
    ):
        op.create_check_constraint(op.f(f"ck_attachments_{name}"), "attachments", rule)
    for statement in _rules():
        op.get_bind().exec_driver_sql(statement)
    _policies()


def _rules() -> list[str]:
    result = [
        "CREATE FUNCTION app_visit_request_id() RETURNS bigint LANGUAGE sql STABLE AS"
        " $$ SELECT nullif(current_setting('app.visit_request_id', true), '')::bigint $$",
        "GRANT SELECT (school_id, id, activity_id, case_id, guardian_id, token_hash, starts_at, expires_at,"
        " revoked_at) ON visit_requests TO pamong_lookup",
        # A right to change something is what a lock asks for; the function changes nothing.
        "GRANT SELECT (state), UPDATE (tracks) ON activities TO pamong_lookup",
    ]
    for signature, function in FUNCTIONS.items():
        result += [function, *lookup(signature)]
    result += fence("visit_requests")
    return result + confine(
        "visit_requests", f"{TEAM} OR {SYSTEM} OR {OWN}", insert=TEAM, update=f"{TEAM} OR {OWN}"
    )


def _policies() -> None:
    """The guest reads the step of the plan that is asked about, and writes the permission in it; of the visit
    itself nothing that tells of the case."""
    _also("activities", "select", "id = (SELECT app_visit_activity_id())")
    _also("appointments", "select", THEIR_STEP)
    _also("activity_fields", "select", THEIR_STEP)
    for command in ("insert", "update"):
        _also("activity_fields", command, THEIR_FIELDS)
    _also("activity_wordings", "insert", THEIR_FIELDS)
    _also("activity_steps", "select", THEIR_VISIT)
    _also("activity_steps", "insert", THEIR_STEP)
    # Who is shut out of a case learns from no mail that its family was asked.
    for command in ("select", "update"):
        _alter("outbox", command, "({rule}) AND " + OTHERS_VISITS)


def _also(table: str, command: str, rule: str) -> None:
    _alter(table, command, "({rule}) OR (" + rule + ")")


def _alter(table: str, command: str, pattern: str) -> None:
    """Put the policy as it stands into the pattern."""
    name = f"readers_{command}"
    stands = op.get_bind().scalar(
        sa.text(
            "SELECT coalesce(qual, with_check) FROM pg_policies"
            " WHERE schemaname = 'public' AND tablename = :table AND policyname = :name"
        ),
        {"table": table, "name": name},
    )
    clause = "WITH CHECK" if command == "insert" else "USING"
    op.get_bind().exec_driver_sql(
        f"ALTER POLICY {name} ON {table} {clause} ({pattern.format(rule=stands)})"
    )


def _column(table: str, column: str, target: str, ondelete: str, *, indexed: bool = True) -> None:
    op.add_column(table, sa.Column(column, sa.BigInteger()))
    op.create_foreign_key(
        op.f(f"fk_{table}_school_id_{column}"),
        table,
        target,
        ["school_id", column],
        ["school_id", "id"],
        ondelete=ondelete,
    )
    if indexed:
        op.create_index(
            op.f(f"ix_{table}_school_id_{column}"),
            table,
            ["school_id", column],
            postgresql_where=f"{column} IS NOT NULL",
        )
