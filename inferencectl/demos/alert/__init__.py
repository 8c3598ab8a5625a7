"""The demonstration of an alert, from the first failed request to the message that it is over."""
