"""Values as people write them: names, quantities, schedules, queries."""
