"""The Datasette instance: its file, limits and templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import SettingError
from ..reports import site_data
from ..settings import Settings
from .metadata import describe

_HERE = Path(__file__).parent
_LIMITS = {
    "sql_time_limit_ms": 5000,
    "facet_time_limit_ms": 500,
    "default_page_size": 50,
    "max_returned_rows": 1000,
    "default_facet_size": 10,
    "truncate_cells_html": 300,
    "suggest_facets": False,  # `metadata` chooses the useful ones
    "allow_download": False,
    "max_csv_mb": 32,
}


def build(settings: Settings) -> Any:
    """A `plugin.Browsable` (a `datasette.app.Datasette`) over the store of `settings`.

    Raises SettingError if Datasette is not installed, NotFoundError if there is no database, StoreError if it is
    damaged or of another version.
    """
    try:
        from . import plugin
    except ImportError as error:
        cure = "run `python -m pip install '.[web]'` in the source folder"
        raise SettingError(f"the site needs Datasette ({error}): {cure}") from None

    site_data.require_loaded(settings)
    return plugin.Browsable(
        plugin.Site(settings, site_data.market_caps(settings).rows()),
        metadata=describe(),
        template_dir=str(_HERE / "templates"),
        static_mounts=[("assets", str(_HERE / "static"))],
        settings=_LIMITS,
    )
