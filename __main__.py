"""``python -m steelyard`` is the command line ``steelyard``."""

from steelyard.flows.__main__ import main

main()
