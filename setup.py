"""The folders at the top are the packages of ``steelyard``, which pyproject.toml cannot say."""

from setuptools import find_packages, setup

inside = find_packages(include=["flows*", "tasks*", "models*"])
packages = ["steelyard", *(f"steelyard.{name}" for name in inside)]
# The name keeps this file itself out of the package.
setup(packages=packages, package_dir={"steelyard": "."}, script_name="setup.py")
