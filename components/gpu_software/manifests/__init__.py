"""The objects of the software on nodes with accelerators, a file for each program, as pure functions."""
