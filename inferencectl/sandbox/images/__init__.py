"""Container images that are made on the machine: from Debian's archive, Go modules and wheels, under our own names."""
