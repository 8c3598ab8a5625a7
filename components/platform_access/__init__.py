"""Who may do what with the platform."""

from components.platform_access.args import PlatformAccessArgs
from components.platform_access.component import PlatformAccess

__all__ = ["PlatformAccess", "PlatformAccessArgs"]
