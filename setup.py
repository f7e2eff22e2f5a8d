"""The folders at the top are the packages of ``steelyard``, which pyproject.toml cannot say."""

from setuptools import find_packages, setup

inside = find_packages(include=["flows*", "tasks*", "models*"])
setup(packages=["steelyard", *(f"steelyard.{name}" for name in inside)], package_dir={"steelyard": "."})
