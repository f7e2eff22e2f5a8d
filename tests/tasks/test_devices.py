"""Devices, workers and threads resolve to what goes into a trial, and a place on a device has one holder at a time."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from steelyard.models.errors import BadInput
from steelyard.tasks.settings import Settings
from steelyard.tasks.workers import devices


def test_on_a_cpu_workers_default_to_the_cores_with_a_thread_each() -> None:
    machine = devices.resolve(Settings(device="cpu"))
    assert machine.workers == devices.cores()
    assert machine.compute.threads == 1
    assert machine.compute.device == "cpu"


def test_fewer_workers_share_the_cores() -> None:
    machine = devices.resolve(Settings(device="cpu", workers=1))
    assert (machine.workers, machine.compute.threads) == (1, devices.cores())


def test_more_workers_than_cores_have_a_thread_each() -> None:
    machine = devices.resolve(Settings(device="cpu", workers=64))
    assert (machine.workers, machine.compute.threads) == (64, 1)


def test_precision_follows_from_the_cpus_flags() -> None:
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    native = "avx512_bf16" in flags or "amx_bf16" in flags
    assert devices.resolve(Settings(device="cpu")).compute.precision == ("bfloat16" if native else "float32")


@pytest.mark.parametrize("asked", ["cuda:99", "gpu", ""])
def test_a_device_that_is_not_there_is_refused(asked: str) -> None:
    with pytest.raises(BadInput, match="device must be"):
        devices.resolve(Settings(device=asked))


def test_trials_spread_over_the_devices_before_they_share_one(tmp_path: Path) -> None:
    there = ("cuda:0", "cuda:1")
    with devices.lease(there, 2, tmp_path) as first, devices.lease(there, 2, tmp_path) as second:
        assert (first, second) == ("cuda:0", "cuda:1")
        with devices.lease(there, 2, tmp_path) as third:
            assert third == "cuda:0"


def test_a_place_is_free_again_when_its_holder_is_killed(tmp_path: Path) -> None:
    script = "from pathlib import Path; import sys, time; from steelyard.tasks.workers.devices import lease\n"
    script += "with lease(('cuda:0',), 1, Path(sys.argv[1])): print('held', flush=True); time.sleep(600)"
    holder = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    holder.communicate()
    start = time.monotonic()
    with devices.lease(("cuda:0",), 1, tmp_path) as device:
        assert device == "cuda:0"
    assert time.monotonic() - start < 60, "0.05 s where nothing else runs, 600 s where its end is waited for"
