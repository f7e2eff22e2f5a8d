"""The program: ``steelyard`` or ``python -m steelyard``. It is running before anything that takes long is imported."""

import atexit
import os
import sys
from contextlib import suppress

from steelyard.tasks import interrupt


def main(arguments: list[str] | None = None) -> None:
    """Run a command and exit: 0 done, 1 trials failed, 2 bad input, 130 and 143 ended by Ctrl-C and by SIGTERM."""
    codes: list[int] = []
    # Registered first, it runs last: to take apart what torch, MLflow and Prefect built up is 1.5 s for nothing.
    atexit.register(lambda: _leave(codes[-1]) if codes else None)
    interrupt.listen()
    code = run(arguments)
    interrupt.leave_soon(code)
    codes.append(code)
    sys.exit(code)


def run(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code."""
    from steelyard.flows import command_line

    return command_line.run(arguments)


def _leave(code: int) -> None:
    with suppress(OSError, ValueError):  # Of a reader that has gone.
        sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
