"""The version of this program, for what must know later who wrote it."""

VERSION = "0.1.0"
