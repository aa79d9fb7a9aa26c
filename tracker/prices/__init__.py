"""Prices: which source wins, splits, returns, the market around the list, and the trading calendar."""
