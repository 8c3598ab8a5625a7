"""The live stack: what it needs on the real node, and the stack file that names it."""
