"""What a pull request changes in every stack, as one comment for those who review it."""
