"""Signing in elsewhere: upstream identity providers that vouch for their people."""

from auth.brokering.definition import UpstreamDefinition, UpstreamInvalid, read_upstream
from auth.brokering.kinds import open_upstream

__all__ = ["UpstreamDefinition", "UpstreamInvalid", "open_upstream", "read_upstream"]
