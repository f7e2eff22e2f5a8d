"""Handlings of imbalance: each is an index stream plus class weights, a few lines in the registry."""

from models.handlings.registry import names_known

__all__ = ["names_known"]
