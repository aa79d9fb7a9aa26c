"""Which filing managers are hedge funds, which family they belong to, and why."""
