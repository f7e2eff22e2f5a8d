"""All sentences: what the numbers say, in words. Nothing that computes imports from here."""
