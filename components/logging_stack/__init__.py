"""LoggingStack, a ComponentResource: where logs are kept, and what brings them there."""

from components.logging_stack.args import LoggingStackArgs
from components.logging_stack.component import LoggingStack

__all__ = ["LoggingStack", "LoggingStackArgs"]
