"""Forecasts of the front by sector, scored against baselines."""
