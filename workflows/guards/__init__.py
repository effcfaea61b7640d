"""Small named predicates, a file for each family. A definition names them; a refusal shows the reason to the user."""

from workflows.guards import children, dv, health, hotline, reports
from workflows.guards.registry import GUARDS, Guard

__all__ = ["GUARDS", "Guard", "children", "dv", "health", "hotline", "reports"]
