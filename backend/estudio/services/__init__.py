"""The deeds: one transaction, more than one thing, or called from two doors."""
