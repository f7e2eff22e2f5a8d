"""The processes of a sweep, as the system shows them."""

import subprocess


def workers(pid: int) -> list[int]:
    """Grandchildren of a sweep, by way of the forkserver."""
    return [worker for child in _children(pid) for worker in _children(child)]


def _children(pid: int) -> list[int]:
    listed = subprocess.run(["/usr/bin/pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in listed.stdout.split()]


def of_session(pid: int) -> list[int]:
    """What still lives of all that a process with a session of its own has started, servers with their own left out."""
    listed = subprocess.run(["/usr/bin/pgrep", "-s", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in listed.stdout.split()]
