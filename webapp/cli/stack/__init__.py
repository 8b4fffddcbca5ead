"""Everything of Pamong in one terminal, for `pamong demo`."""
