"""What keeps a process from opening.

RuntimeError
└── StoreRefused     the store belongs to the demo, or to real sources, and the other was to be served from it
"""


class StoreRefused(RuntimeError):
    """The store belongs to the demo and real sources were to be served from it, or the other way round."""
