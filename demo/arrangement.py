"""What the demo federates, and how a request makes one of its sources fail."""

from __future__ import annotations

from pathlib import Path

from auth.grant import ANONYMOUS, Grant
from auth.scopes import SOURCES_READ
from connectors.definition import Definition
from demo.sign_on import seed
from demo.world import DOWN, LOOPBACK, PROVIDERS, World, read_faults
from egress import Allow
from federation import Arrangement, Document

GRANT = Grant(ANONYMOUS.scopes | {SOURCES_READ}, ANONYMOUS.keys)
"""In the demo everybody may see where sources are reached."""


def demo_arrangement(world: World, fault: str | None) -> Arrangement:
    """Federate `world`, with the sources failing that `fault` names (`guangdong=hang`). Raises FaultUnknown."""
    faults = read_faults(fault)
    directory = Path(__file__).parent / "definitions"

    def allow(definition: Definition) -> Allow:
        return Allow([(LOOPBACK, world.ports[name]) for name in (definition.name, DOWN) if name in world.ports])

    return Arrangement(
        documents=tuple(Document(text, "demo", directory) for text in world.definitions(faults)),
        sqlite_directory=world.sqlite_directory,
        allow=allow,
        anonymous=GRANT,
        faults=lambda asked: [
            Document(world.definition(source, mode), f"{source}={mode}", directory) for source, mode in read_faults(asked).items()
        ],
        demo=True,
        people=seed,
        upstreams=tuple(world.identity_providers()),
        reach=lambda _: Allow([(LOOPBACK, world.ports[name]) for name in PROVIDERS]),
    )
