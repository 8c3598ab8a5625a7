"""What a change costs, compared with what is deployed."""
