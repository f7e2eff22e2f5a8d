"""What the report of a sweep shows, in numbers and in words."""
