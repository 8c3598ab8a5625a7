"""What the policies found, rendered for people and for programs: one module for each form."""
