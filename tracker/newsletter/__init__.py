"""Editions: a ranked list as a folder of files that go straight into a newsletter.

document.py      everything that an edition states, as one JSON-ready document
charts.py        its charts
chart_style.py   what the charts share: colours, fonts, label positions
render.py        the document and its charts as Markdown, page, mail, CSV and JSON
publish.py       publish, rebuild byte for byte, and compare with what is known now
index.py         the list of all editions: page, feed, database
"""
