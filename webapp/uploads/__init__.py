"""Files that people bring: told by what is in them, bounded, and cleaned before anything is stored."""
