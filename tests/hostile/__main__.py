"""Kills, faults and hostile input, for as long as one likes: `python -m tests.hostile --for 1h`.

Prints each failure with the words that repeat it, and at the end what was tried and what survived.
"""

from __future__ import annotations

import argparse
import re
import sys

from tests.hostile.runner import AREAS, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__.partition("\n")[0])
    parser.add_argument("--for", dest="seconds", type=_seconds, default=120.0, metavar="TIME", help="90s, 20m or 1h")
    parser.add_argument("--seed", type=int, default=1, help="other cases, in another order")
    parser.add_argument("--only", choices=sorted(AREAS), action="append", help="this area; repeatable")
    parser.add_argument("--case", type=int, help="this case alone, of the one area that --only names")
    parser.add_argument("--first", type=int, default=0, help="the first case of each area")
    parser.add_argument("--tries", type=int, help="stop an area after so many cases")
    parser.add_argument("--jobs", type=int, default=2, help="commands that run side by side")
    options = parser.parse_args()
    if options.case is not None and len(options.only or ()) != 1:
        parser.error("--case needs one --only")
    names = options.only or list(AREAS)
    first, most = (options.first, options.tries) if options.case is None else (options.case, 1)
    tries = None if most is None else dict.fromkeys(names, most)
    failures = run(names, options.seed, options.seconds, jobs=options.jobs, first=first, tries=tries)
    return 1 if failures else 0


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|h)", text)
    if not match:
        raise argparse.ArgumentTypeError("write 90s, 20m or 1h")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]


if __name__ == "__main__":
    sys.exit(main())
