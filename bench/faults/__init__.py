"""The fault matrix: every way in which a source can fail, against the running product."""
