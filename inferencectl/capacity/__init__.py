"""Whether a change fits: what it needs while old and new pods run at the same time, and what there is."""

from inferencectl.capacity.limits import Limit, pool_limits
from inferencectl.capacity.requirement import require_room

__all__ = ["Limit", "pool_limits", "require_room"]
