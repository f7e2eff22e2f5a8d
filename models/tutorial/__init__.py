"""The tutorial that Steelyard grew from: its runs, its claims, and what the numbers say to them."""
