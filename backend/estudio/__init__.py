"""Tattoo Studio System: the books of a tattoo studio, and months that close with proof."""

__version__ = "5.0.0"
