"""How sure a number can be, and how many images that takes: intervals, tests and sizes, in NumPy and SciPy alone."""
