"""Strategies on 13F data, tried on the past as it was known, day by day.

signal_days       the days on which a rule is asked
known_*           what was known on a day, and nothing else: reports, funds, tickers; `known_state` joins them
kept_states       the same from the last time, as long as what it rests on (`state_sources`) has not changed
stock_candidates  one frame of candidates a signal day: what a rule may look at
strategy_rules    the named rules; `user_rules` a user's own
simulation        fills at the next close, costs, volume limits; `listing_ends` for what is no longer quoted
strategy_run      a rule over all its signal days
portfolio_measures, random_portfolios   what its path is worth, and against what
"""
