"""The number of a letter says of which kind it is: two kinds no longer bear the same one."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

BEFORE = "{nomor:03}/{bulan_romawi}/{tahun}"
AFTER = "{nomor:03}/{jenis}/{bulan_romawi}/{tahun}"


def upgrade() -> None:
    # An UPDATE would see no school, for the owner is under row security as well; rewriting the column sees all.
    op.execute(
        "ALTER TABLE schools ALTER COLUMN letter_number_pattern TYPE text"
        f" USING CASE letter_number_pattern WHEN '{BEFORE}' THEN '{AFTER}' ELSE letter_number_pattern END"
    )
