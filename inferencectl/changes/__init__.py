"""The changes of a deployment, whichever engine carries it out."""

from inferencectl.changes.changes import Action, Change, FieldChange, Outcome, Plan

__all__ = ["Action", "Change", "FieldChange", "Outcome", "Plan"]
