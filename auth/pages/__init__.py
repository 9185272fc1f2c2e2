"""Pages that people see: plain HTML forms that work without scripts."""
