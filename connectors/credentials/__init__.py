"""How sources know us: schemes in definitions, secrets kept apart, passes on requests."""
