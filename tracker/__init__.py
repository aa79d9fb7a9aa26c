"""Track what hedge funds hold among micro-cap stocks, from SEC Form 13F filings."""

__version__ = "0.1.0"
