"""The push agent: reads a source where it stands, and pushes its records outward to a Huiju that cannot reach it; on Windows too."""

from agent.hub import Hub, HubAway, HubRefused
from agent.pushing import Pushing, push
from agent.report import Progress, Refused, Report
from agent.state import State, StateHeld

__all__ = ["Hub", "HubAway", "HubRefused", "Progress", "Pushing", "Refused", "Report", "State", "StateHeld", "push"]
