"""`/feeds/{source}`: sources push their rows here, and ask what became of them."""

from transport.feeds.endpoint import FeedEndpoint

__all__ = ["FeedEndpoint"]
