"""Editions: a ranked list, or a strategy that was tried, as a folder of files that go straight into a newsletter.

publish.py        publish, rebuild byte for byte, and compare with what is known now: the same for all kinds
edition_kinds.py  what each kind brings: the modules below, one row a kind
document.py       everything that a list's edition states, as one JSON-ready document; charts.py has its charts
strategy_*.py     the same of a strategy: document, paths beside benchmarks, charts, differences
editor_notes.py   what an editor writes, note_pictures.py beside it, note_markup.py as files show it
layouts.py        which template makes which file; render.py makes them
page_templates.py templates filled and escaped; mail_file.py the edition as a mail
edition_*.py      differences, entries and links that kinds share; chart_style.py what charts share
index.py          the list of all editions: page, feeds (atom_feed.py), database
"""
