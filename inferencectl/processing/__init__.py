"""The record of processing activities (Art. 30 GDPR) of a stack: what people declare, and what its settings prove."""
