"""The exception that a user's input can cause, and that of a sweep that could not end well."""


class BadInput(ValueError):
    """Something the user gave cannot be used; the message is one line and says what to do.

    The message names the argument, what it must be, what it was, and what to do about it. The command line prints
    it without a traceback and exits with code 2.
    """


class SweepFailed(RuntimeError):
    """A sweep ended without a comparison; the message is one line and says why. A trial that fails ends no sweep."""
