"""The pages: one plural module for each, and beside them what every page has in common."""
