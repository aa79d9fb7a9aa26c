"""The strategy behind the list, tested on what was known on each day; takes what reports read, and knows no page."""
