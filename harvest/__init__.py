"""How a source is copied into the catalog: runs, batches, leases, quarantine."""

from harvest.report import Progress, RunReport
from harvest.run import harvest
from harvest.source import HarvestSource

__all__ = ["HarvestSource", "Progress", "RunReport", "harvest"]
