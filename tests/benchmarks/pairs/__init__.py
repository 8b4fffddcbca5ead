"""What is measured: one module per pair, each with `measure(stand) -> list[Line]`."""

PAIRS = (
    "register",
    "policies",
    "pages",
    "student_card",
    "sweep",
    "digests",
    "outbox",
    "approval",
    "documents",
    "imports",
    "exports",
)
"""Names of the pairs in the order of a run; `make bench ONLY=register` picks some, commas between."""

ON_DEMAND = ("load",)
"""Those that take many minutes: measured only when they are named."""
