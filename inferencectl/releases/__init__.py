"""What was released of each model, by whom and with which result; and the way back to an earlier release."""
