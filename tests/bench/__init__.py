"""Measurements, run by hand: they print figures as ratios to a named baseline, and assert nothing."""
