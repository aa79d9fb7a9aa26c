"""What a security is: its CUSIP, its ticker on a date, its type."""
