"""How a source is copied into the catalog: runs, batches, leases, quarantine."""

from harvest.replaying import Replayed, remap, retry_quarantined
from harvest.report import Progress, RunReport
from harvest.run import harvest
from harvest.source import HarvestSource

__all__ = ["HarvestSource", "Progress", "Replayed", "RunReport", "harvest", "remap", "retry_quarantined"]
