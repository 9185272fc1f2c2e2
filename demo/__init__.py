"""Small real upstream servers with example data, so that `make run` has something to federate."""
