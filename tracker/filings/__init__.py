"""From bytes to holdings: what was filed, by the rules of Form 13F, and what a manager effectively held."""
