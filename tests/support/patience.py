"""How long tests wait for what must come: a bound on what hangs, which no loaded machine comes near."""

SECONDS = 600
