"""`tracker strategy`: rules on hedge funds' holdings, tried on the past as it was known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from ..api.values import to_day, to_quarter
from ..band import MICRO_CAP, Band
from ..errors import SettingError
from .app import app
from .options import CapOption, Format, FormatOption, NoNotesOption, OutputOption, emit, own_settings_of, settings_of

if TYPE_CHECKING:
    from ..strategies.strategy_plan import Plan

strategy_app = typer.Typer(help="Try rules on the past as it was known, without looking ahead.", no_args_is_help=True)
app.add_typer(strategy_app, name="strategy")


class WeightsChoice(StrEnum):
    """How much of the portfolio a pick is."""

    equal = "equal"
    holders = "holders"
    value = "value"
    capped = "capped"


class SignalChoice(StrEnum):
    """When the rule is asked."""

    deadline = "deadline"
    filing = "filing"


RuleArgument = Annotated[
    str,
    typer.Argument(
        metavar="RULE",
        help="consensus, conviction, best-ideas, new-buys, increase, confidential, list, a file with pick(candidates) "
        "(my_rule.py), or a condition in SQL.",
    ),
]
FirstOption = Annotated[
    str | None, typer.Option("--from", metavar="QUARTER", help="First quarter.  [default: the oldest loaded]")
]
LastOption = Annotated[
    str | None, typer.Option("--to", metavar="QUARTER", help="Last quarter.  [default: the newest loaded]")
]
MostOption = Annotated[int, typer.Option("--top", min=1, max=1000, metavar="N", help="How many stocks are held.")]
LagOption = Annotated[
    int, typer.Option("--lag", min=0, max=60, metavar="N", help="Trading days from the deadline to the signal day.")
]
SignalOption = Annotated[
    SignalChoice, typer.Option("--on", help="Ask once after the deadline, or on each day with new reports.")
]
CapitalOption = Annotated[str, typer.Option("--capital", metavar="USD", help="Start capital, with K, M or B.")]
CostOption = Annotated[
    float | None,
    typer.Option(
        "--cost", min=0, max=50, metavar="PERCENT", help="One-way cost.  [default: 0.57; 0.31 for a band above 300M]"
    ),
]
WeightsOption = Annotated[WeightsChoice, typer.Option("--weights", help="How much of the portfolio each stock is.")]
HoldUntilOption = Annotated[
    str | None,
    typer.Option(
        "--hold-until", metavar="N", help="Keep what is held while it is among the best N, or 2N for twice --top."
    ),
]
MinQuartersOption = Annotated[
    int, typer.Option("--min-quarters", min=1, max=200, metavar="N", help="Fewest quarters that a fund has reported.")
]
PublishOption = Annotated[bool, typer.Option("--publish", help="Write an edition below editions/, and print its page.")]
TitleOption = Annotated[
    str | None, typer.Option("--title", metavar="TEXT", help="The edition's headline.  [default: what was tried]")
]
SlugOption = Annotated[
    str | None, typer.Option("--slug", metavar="NAME", help="The edition's folder.  [default: from the title]")
]
BaseUrlOption = Annotated[str | None, typer.Option("--base-url", metavar="URL", help="Where editions/ will be served.")]
TemplateOption = Annotated[
    Path | None, typer.Option("--template", metavar="DIR", help="A folder of templates that replace the built-in ones.")
]

ReplaceOption = Annotated[
    bool, typer.Option("--replace", help="Replace an edition that is published under the same name.")
]


@dataclass(frozen=True, kw_only=True)
class PlanOptions:
    """The options that say what is tried, declared once for all commands: see `_with_plan`."""

    first: FirstOption = None
    last: LastOption = None
    top: MostOption = 15
    cap: CapOption = str(MICRO_CAP)
    lag: LagOption = 6
    signal_on: SignalOption = SignalChoice.deadline
    capital: CapitalOption = "1M"
    cost: CostOption = None
    weights: WeightsOption = WeightsChoice.equal
    hold_until: HoldUntilOption = None
    min_quarters: MinQuartersOption = 1

    def plan(self) -> Plan:
        """What the options ask for. Raises SettingError."""
        from ..strategies.pick_weights import Weights
        from ..strategies.signal_days import SignalOn
        from ..strategies.strategy_plan import Plan

        since, until = to_quarter(self.first), to_quarter(self.last)
        if since and until and until < since:
            raise SettingError(f"--from {since} is after --to {until}; write the older quarter first")
        return Plan(
            first=since,
            last=until,
            top=self.top,
            band=Band.parse(self.cap),
            lag=self.lag,
            signal_on=SignalOn(self.signal_on.value),
            capital_usd=_to_capital(self.capital),
            cost_pct=self.cost,
            weights=Weights(self.weights.value),
            hold_until=_to_hold_until(self.hold_until, self.top),
            min_quarters=self.min_quarters,
        )


def _with_plan(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of PlanOptions (of these `names`, or all) in place of its parameter `options`."""
    hints = get_type_hints(PlanOptions, include_extras=True)
    chosen = [field for field in fields(PlanOptions) if not names or field.name in names]
    shown = [
        Parameter(field.name, Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name])
        for field in chosen
    ]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def called(**given: Any) -> None:
            command(options=PlanOptions(**{field.name: given.pop(field.name) for field in chosen}), **given)

        parameters: list[Parameter] = []
        for parameter in signature(command, eval_str=True).parameters.values():
            own = [parameter.replace(kind=Parameter.KEYWORD_ONLY)]
            parameters += shown if parameter.name == "options" else own
        called.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return called

    return decorate


@strategy_app.command("run")
@_with_plan()
def run_strategy(
    context: typer.Context,
    rule: RuleArgument,
    options: PlanOptions,
    published: PublishOption = False,
    title: TitleOption = None,
    slug: SlugOption = None,
    base_url: BaseUrlOption = None,
    template: TemplateOption = None,
    may_replace: ReplaceOption = False,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """Try a rule on every quarter, with only what was known on each day.

    A report is known from its acceptance, or from the day after its filing date. Orders fill at the next close, at a
    cost and within a part of the usual volume; what is delisted ends at a loss. From fewer than eight quarters nothing
    is claimed. What needs later knowledge, such as an adviser roster, is named in the first line. --publish writes an
    edition instead: a page with charts, Markdown, a mail, CSV and JSON, below editions/; `tracker publish --check` and
    --edition compare it and make it again.

    Example: tracker strategy run consensus --from 2025Q2 --to 2025Q4 --top 15
    """
    from ..strategies import strategy_report

    given = {"--title": title, "--slug": slug, "--base-url": base_url, "--template": template}
    if published:
        if output is not None or form is not Format.table or no_notes:
            raise SettingError(
                "--publish writes an edition in all its formats; leave out --format, --output and --no-notes"
            )
        from ..newsletter.publish import publish
        from ..newsletter.strategy_document import StrategyRequest
        from ..output import plain

        request = StrategyRequest(rule, options.plan(), title, slug, base_url)
        edition = publish(own_settings_of(context), request, template, may_replace=may_replace)
        for note in edition.notes:
            typer.echo(f"warning: {plain(note)}", err=True)
        typer.echo(edition.page)
        return
    alone = [name for name, value in {**given, "--replace": may_replace or None}.items() if value is not None]
    if alone:
        raise SettingError(f"{alone[0]} is for an edition; add --publish, or leave it out")
    emit(strategy_report.run(settings_of(context), rule, options.plan()), form, output, no_notes=no_notes)


@strategy_app.command("compare")
@_with_plan()
def compare_strategies(
    context: typer.Context,
    rules: Annotated[list[str], typer.Argument(metavar="RULE...", help="Two or more rules, as for `strategy run`.")],
    options: PlanOptions,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """Try several rules on the same quarters, side by side.

    Rows are in the order given. Options are those of `strategy run`.

    Example: tracker strategy compare consensus conviction new-buys
    """
    from ..strategies import strategy_report

    emit(strategy_report.compare(settings_of(context), rules, options.plan()), form, output, no_notes=no_notes)


@strategy_app.command("picks")
@_with_plan("top", "cap", "weights", "min_quarters")
def list_picks(
    context: typer.Context,
    rule: RuleArgument,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="The day, 2025-12-01.  [default: today]")
    ] = None,
    *,
    options: PlanOptions,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """List what a rule would buy on a day, with what was known at its end.

    The reports are those of the newest loaded quarter whose deadline had passed. A rule of your own is a condition over
    the candidates (holders, new, closed, conviction_funds, ownership_pct, market_cap_usd, typical_volume, ...), or a
    Python file with a function pick(candidates) that returns the rows to buy, best first.

    Example: tracker strategy picks "holders >= 2 order by ownership_pct desc" --on 2025-12-01
    """
    from ..strategies import strategy_report

    day = to_day(on, "--on") or datetime.now(UTC).date()
    emit(strategy_report.picks(settings_of(context), rule, options.plan(), day), form, output, no_notes=no_notes)


def _to_capital(text: str) -> float:
    try:
        amount = Band.parse(f"{text}:").low_usd
    except SettingError:
        amount = 0.0
    if ":" in text or amount <= 0:
        raise SettingError(f"--capital {text!r} is not an amount above zero; write it as 1M") from None
    return amount


def _to_hold_until(text: str | None, top: int) -> int | None:
    if text is None:
        return None
    number, is_multiple = text.strip().upper().removesuffix("N"), text.strip().upper().endswith("N")
    if not (number.isascii() and number.isdigit() and 0 < len(number) <= 4):
        raise SettingError(f"--hold-until {text!r} is not a number of stocks; write it as 30, or as 2N")
    places = int(number) * (top if is_multiple else 1)
    if places < top:
        raise SettingError(f"--hold-until {text} is fewer than the {top} stocks held; write at least {top}, or 2N")
    return places
