"""The figures of a report where every class counts."""
