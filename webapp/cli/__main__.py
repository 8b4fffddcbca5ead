"""`python -m webapp.cli` is `pamong`."""

from webapp.cli import main

main(prog_name="pamong")
