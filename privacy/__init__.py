"""Personal data in records: masked before it is kept, found, exported and erased afterwards."""
