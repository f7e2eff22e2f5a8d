"""What the report of a sweep shows where every class counts, in numbers and in sentences."""
