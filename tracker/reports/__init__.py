"""What a person asks of the store: the list, who holds a security, why, what is loaded. Reads only."""
