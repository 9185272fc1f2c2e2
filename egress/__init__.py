"""The one HTTP client: address vetting, bounds, decoding."""

from egress.addresses import Allow, is_public
from egress.bounds import HARVEST, LIVE, Bounds
from egress.client import Client
from egress.errors import (
    AddressRefused,
    ConnectFailed,
    ConnectionLost,
    DeadlinePassed,
    EgressError,
    Malformed,
    NotData,
    TooDeep,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    Undecodable,
    Unreadable,
)
from egress.exchange import Fetcher, Reply, Request
from egress.urls import without_params

__all__ = [
    "HARVEST",
    "LIVE",
    "AddressRefused",
    "Allow",
    "Bounds",
    "Client",
    "ConnectFailed",
    "ConnectionLost",
    "DeadlinePassed",
    "EgressError",
    "Fetcher",
    "Malformed",
    "NotData",
    "Reply",
    "Request",
    "TooDeep",
    "TooLarge",
    "TooManyRedirects",
    "TooSlow",
    "Undecodable",
    "Unreadable",
    "is_public",
    "without_params",
]
