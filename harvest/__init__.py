"""How a source is copied into the catalog: runs, batches, leases, quarantine."""
