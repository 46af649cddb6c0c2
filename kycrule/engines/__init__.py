"""Engines: each runs a bound regulation in its own way, and all give the same answers."""
