"""The questions that a loaded home answers: one method each, for the command line and Python alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ..band import MICRO_CAP, Band
from ..rankings.measures import By, Order
from ..settings import Settings
from .values import AQuarter, Day, to_band, to_choice, to_choices, to_day, to_end, to_quarter, to_start

if TYPE_CHECKING:
    from typing import Literal

    from ..output import Answer
    from ..rankings.parameters import ListRequest
    from ..tables import ManagerClass


class Questions:
    """Questions to the home of `settings`. Quarters and days are values or text (`2025Q3`, `2025-12-31`).

    A quarter that is left out is the newest loaded one. Every method raises NotFoundError for what is not there and
    SettingError for what makes no sense; their messages name options as the command line has them.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def search(self, text: str, *, top: int = 20) -> Answer:
        """Securities and managers by words of their name, a ticker, a CUSIP or a CIK, the likeliest first."""
        from ..reports.search import search

        return search(self._settings, text, top)

    def holders(
        self,
        security: str | Sequence[str],
        quarter: AQuarter | None = None,
        *,
        known_on: Day | None = None,
        by_filer: bool = False,
        with_market_makers: bool = False,
    ) -> Answer:
        """The hedge funds that hold a security (ticker, CUSIP or part of the name), the largest position first.

        With `known_on` as it was known that day. With `by_filer` each filing manager counts, not each family. Of a list
        of securities all are in one answer, which names the security of each row.
        """
        from ..reports import holders

        chosen, day = to_quarter(quarter), to_day(known_on, "--known-on")
        if isinstance(security, str):
            return holders.who_holds(
                self._settings, security, chosen, day, by_filer=by_filer, with_market_makers=with_market_makers
            )
        return holders.who_hold_several(
            self._settings, security, chosen, day, by_filer=by_filer, with_market_makers=with_market_makers
        )

    def history(self, security: str, *, with_market_makers: bool = False) -> Answer:
        """The number of holders of a security in every loaded quarter, and what they did."""
        from ..reports import holders

        return holders.history(self._settings, security, with_market_makers)

    def explain(
        self,
        security: str,
        quarter: AQuarter | None = None,
        *,
        known_on: Day | None = None,
        with_market_makers: bool = False,
    ) -> Answer:
        """Every filing that mentions a security, and whether and why it counts."""
        from ..reports import filings

        day = to_day(known_on, "--known-on")
        return filings.explain(self._settings, security, to_quarter(quarter), day, with_market_makers)

    def fund(
        self,
        manager: int | str,
        quarter: AQuarter | None = None,
        *,
        known_on: Day | None = None,
        top: int | None = None,
        sort: str = "value",
    ) -> Answer:
        """The portfolio of a manager (CIK, name or part of it), with changes since the quarter before.

        The largest first by `sort`: `value`, `change` (in dollars) or `weight`.
        """
        from ..reports.portfolio import PortfolioSort, portfolio

        chosen, day = to_quarter(quarter), to_day(known_on, "--known-on")
        by = to_choice(PortfolioSort, sort, "--sort")
        return portfolio(self._settings, str(manager), chosen, day, top, by)

    def funds(
        self,
        *,
        name: str | None = None,
        basis: str | None = None,
        which: Literal["hedge funds", "others", "unclassified"] | None = None,
        manager_class: ManagerClass | None = None,
    ) -> Answer:
        """Managers, their weight, and whether and why they count as hedge funds."""
        from ..reports import managers

        return managers.list_funds(self._settings, name=name, basis=basis, which=which, manager_class=manager_class)

    def why(self, manager: int | str) -> Answer:
        """Each step of the decision whether a manager is a hedge fund."""
        from ..reports import managers

        return managers.why(self._settings, str(manager))

    def filings(
        self,
        quarter: AQuarter | None = None,
        *,
        manager: int | str | None = None,
        top: int | None = None,
        only_amendments: bool = False,
    ) -> Answer:
        """Filings of a quarter, what was decided about each, and their addresses on EDGAR."""
        from ..reports import filing_list

        return filing_list.list_filings(
            self._settings, to_quarter(quarter), _text(manager), top, only_amendments=only_amendments
        )

    def late_filings(
        self, quarter: AQuarter | None = None, *, manager: int | str | None = None, top: int | None = None
    ) -> Answer:
        """Amendments that showed confidential holdings late, of all loaded quarters or one."""
        from ..reports import filing_list

        return filing_list.list_late(self._settings, to_quarter(quarter), _text(manager), top)

    def market(
        self,
        since: Day | None = None,
        until: Day | None = None,
        *,
        cap: Band | str = MICRO_CAP,
        total_return: bool = False,
    ) -> Answer:
        """How the stocks of a band of market caps did beside index funds, by window and sector."""
        from ..reports.market import survey

        base, end = to_day(since, "--from"), to_day(until, "--to")
        return survey(self._settings, base, end, to_band(cap), total_return=total_return)

    def prices(self, security: str, since: Day | None = None, until: Day | None = None) -> Answer:
        """The daily closes of a ticker that count, as quoted and adjusted for splits, each with its source."""
        from ..reports.price_history import price_history

        return price_history(self._settings, security, to_day(since, "--from"), to_day(until, "--to"))

    def rank(
        self,
        quarter: AQuarter | None = None,
        since: Day | None = None,
        until: Day | None = None,
        *,
        cap_on: Day | None = None,
        cap: Band | str = MICRO_CAP,
        known_on: Day | None = None,
        top: int | None = None,
        min_holders: int | None = None,
        min_price: float | None = None,
        min_volume: float | None = None,
        min_age: int | None = None,
        exchange: Sequence[str] = (),
        sector: Sequence[str] = (),
        country: Sequence[str] = (),
        kind: Sequence[str] = (),
        total_return: bool = False,
        by_filer: bool = False,
        with_market_makers: bool = False,
        by: By | str | None = None,
        rank_carried: bool = False,
        order: Order | str | None = None,
        show_filters: bool = False,
    ) -> Answer:
        """The ranked list: stocks of the band with hedge-fund holders, by performance or what `by` names.

        With `show_filters` instead the number of stocks that each filter removed.
        """
        from ..reports.list_answer import top_list

        request = list_request(
            quarter, since, until, cap_on, cap, known_on,
            top=top, min_holders=min_holders, min_price=min_price, min_volume=min_volume, min_age=min_age,
            exchange=_names(exchange), sector=_names(sector), country=_names(country), kind=_names(kind),
            total_return=total_return, by_filer=by_filer, with_market_makers=with_market_makers,
            # what is asked by holders with the awaited is by holders
            by=to_choice(By, by, "--by") if by else By.holders if rank_carried else None,
            rank_carried=rank_carried, order=to_choice(Order, order, "--order") if order else None,
        )  # fmt: skip
        return top_list(self._settings, request, show_filters)

    def list_changes(
        self, published: Path | str, quarter: AQuarter | None = None, *, known_on: Day | None = None
    ) -> Answer:
        """What of a list that was written as JSON would differ now, and which filing caused it.

        With `quarter` the list has to be one of that quarter.
        """
        from ..reports.list_changes import compare

        return compare(self._settings, Path(published), to_day(known_on, "--known-on"), to_quarter(quarter))

    def scores(self, manager: int | str | None = None, *, top: int | None = None) -> Answer:
        """What each fund's disclosed book returned from its filing date, against its peers."""
        from ..reports.fund_scores import score_funds

        return score_funds(self._settings, _text(manager), top)

    def overlap(
        self,
        managers: Sequence[int | str],
        quarter: AQuarter | None = None,
        *,
        known_on: Day | None = None,
        top: int | None = None,
    ) -> Answer:
        """What the families of chosen managers hold together; those that have not reported yet are pending."""
        from ..reports.fund_overlap import fund_overlap

        chosen, day = [str(manager) for manager in managers], to_day(known_on, "--known-on")
        return fund_overlap(self._settings, chosen, to_quarter(quarter), day, top)

    def compare(
        self,
        managers: Sequence[int | str],
        quarter: AQuarter | None = None,
        *,
        show: str = "all",
        known_on: Day | None = None,
        top: int | None = None,
    ) -> Answer:
        """Chosen funds side by side: the weight of each security in each book, what they bought and sold, overlaps.

        `show` is `all`, `shared`, `different`, `bought` or `sold`.
        """
        from ..reports.fund_comparison import ComparisonPart, compare_funds

        chosen, day = [str(manager) for manager in managers], to_day(known_on, "--known-on")
        part = to_choice(ComparisonPart, show, "--show")
        return compare_funds(self._settings, chosen, to_quarter(quarter), day, part, top)

    def consensus(
        self,
        managers: Sequence[int | str],
        quarter: AQuarter | None = None,
        *,
        by: str = "holders",
        known_on: Day | None = None,
        top: int | None = None,
    ) -> Answer:
        """What a group of funds holds and buys, by `holders`, `new`, `increased`, `bought`, `sold` or `value`."""
        from ..reports.fund_consensus import GroupMeasure, find_consensus

        chosen, day = [str(manager) for manager in managers], to_day(known_on, "--known-on")
        measure = to_choice(GroupMeasure, by, "--by")
        return find_consensus(self._settings, chosen, to_quarter(quarter), day, measure, top)

    def boards(
        self,
        quarter: AQuarter | None = None,
        *,
        board: str | None = None,
        cap: Band | str | None = MICRO_CAP,
        known_on: Day | None = None,
        top: int | None = None,
    ) -> Answer:
        """Boards of a quarter: conviction, doubled, first-buys, sold-out and crowded; one of them, or all.

        `top` rows of each; of a band of market caps at the quarter's end, or of all securities with `cap=None`. With
        `known_on` as it was known that day.
        """
        from ..reports.boards import Board, list_boards

        chosen = [to_choice(Board, board, "--board")] if board else list(Board)
        band = None if cap is None or cap == "all" else to_band(cap)
        day = to_day(known_on, "--known-on")
        return list_boards(self._settings, to_quarter(quarter), chosen, band, top, day)

    def count(
        self,
        quarters: AQuarter | None = None,
        *,
        all_loaded: bool = False,
        engine: str = "polars",
        master: str | None = None,
        top: int | None = None,
    ) -> Answer:
        """Holders and filers of every security, counted anew from the lines by `engine`: the same rows whichever it is.

        Of a quarter, a range (`2025Q1..2025Q3`) or all loaded ones. Engines are `polars`, `duckdb`, `datafusion` and
        `spark`, the last on this machine or on a `master` by its address. Brings the files of `db/tables` up to date.
        """
        from ..engines.counts_answer import count_securities
        from ..engines.engine_names import Engine
        from ..quarters import parse_range

        wanted = parse_range(str(quarters)) if quarters else []
        chosen = to_choice(Engine, engine, "--engine")
        return count_securities(self._settings, wanted, chosen, master, all_loaded=all_loaded, top=top)

    def status(self) -> Answer:
        """What is loaded, how old it is, and what was rejected."""
        from ..reports.status import status

        return status(self._settings, date.today())


def list_request(
    quarter: AQuarter | None,
    since: Day | None,
    until: Day | None,
    cap_on: Day | None,
    cap: Band | str,
    known_on: Day | None,
    **more: object,
) -> ListRequest:
    """What a list or an edition is asked for; `more` are fields of ListRequest. Raises SettingError."""
    from ..rankings.parameters import ListRequest

    band, (base, from_low) = to_band(cap), to_start(since, "--from")
    return ListRequest(
        quarter=to_quarter(quarter),
        base_date=base,
        end_date=to_end(until, "--to"),
        cap_date=to_day(cap_on, "--cap-on"),
        cap_min_usd=band.low_usd,
        cap_max_usd=band.high_usd,
        from_low=from_low,
        known_on=to_day(known_on, "--known-on"),
        **to_choices(**more),
    )


def _names(value: Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _text(manager: int | str | None) -> str | None:
    return None if manager is None else str(manager)
