"""How many small faults in the components and the settings the fast tests notice."""
