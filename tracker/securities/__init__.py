"""Identity of securities: CUSIP, ticker on a date, kind."""
