"""The outputs of the fictional market that `tests/golden` holds.

After an intended change run `python -m tests.make_golden`, then review the difference that git shows.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from tests.homes import load_market
from tracker.demo import fictional_market
from tracker.newsletter.document import Request
from tracker.newsletter.publish import publish
from tracker.output import Look, render, render_terminal
from tracker.quarters import Quarter
from tracker.rankings.measures import Order
from tracker.rankings.parameters import ListRequest
from tracker.reports.holders import history, who_holds
from tracker.reports.list_answer import top_list
from tracker.settings import Settings

GOLDEN = Path(__file__).resolve().parent / "golden"
Q3 = Quarter(2025, 3)
LISTED = ListRequest(
    quarter=Q3,
    base_date=fictional_market.BASE,
    end_date=fictional_market.END,
    cap_date=fictional_market.CAP_ON,
    top=3,
    order=Order.ascending,
)
_OF_PIXELS = (".png", ".eml")
REQUEST = Request(LISTED, "3 Best Performing Micro Cap Stocks of 2025")


def outputs(settings: Settings) -> dict[str, bytes]:
    """Every output by its path below `tests/golden`; of pictures only the SVG, as pixels differ between machines."""
    folder = publish(settings, REQUEST).folder
    files = {f"edition/{path.relative_to(folder)}": path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    files = {name: data for name, data in files.items() if not name.endswith(_OF_PIXELS)}
    files["edition/edition.json"] = _without_machine(files["edition/edition.json"])
    files |= {name: (settings.editions / name).read_bytes() for name in ("feed.json", "feed.atom", "index.html")}
    asked = {
        "rank": top_list(settings, LISTED),
        "holders": who_holds(settings, "QNLR", Q3),
        "history": history(settings, "QNLR"),
    }
    for name, answer in asked.items():
        files[f"{name}.txt"] = (render(answer, "table") + "\n").encode()
        files[f"{name}-terminal.txt"] = (render_terminal(answer, Look(84, is_coloured=True)) + "\n").encode()
    files["rank.md"] = (render(asked["rank"], "md") + "\n").encode()
    files["rank.csv"] = (render(asked["rank"], "csv") + "\n").encode()
    return files


def _without_machine(data: bytes) -> bytes:
    """The document without the digests of what has pixels and without the program's version."""
    document = json.loads(data)
    document["files"] = {name: digest for name, digest in document["files"].items() if not name.endswith(_OF_PIXELS)}
    for part in ("methodology", "state"):
        del document[part]["version"]
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def main() -> None:
    """Rewrite the golden files."""
    with tempfile.TemporaryDirectory() as home:
        made = outputs(load_market(Path(home)))
    shutil.rmtree(GOLDEN, ignore_errors=True)
    for name, data in made.items():
        path = GOLDEN / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    print(f"{len(made)} files in {GOLDEN}")


if __name__ == "__main__":
    main()
