"""What is told of how images look: those that are odd, and classes that looks alone give away."""
