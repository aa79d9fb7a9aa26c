-- What a hedge fund reports, largest first; options have no share of the portfolio.
-- :fund is a CIK or a part of the name; :quarter is 2025Q3, 2025-09-30, or empty for the newest.
with asked as (
  select
    upper(trim(:fund)) as fund,
    (
      select max(period_of_report) from runs
      where trim(:quarter) in ('', period_of_report)
        or upper(trim(:quarter)) = substr(period_of_report, 1, 4) || 'Q' || (substr(period_of_report, 6, 2) / 3)
    ) as period_of_report
),
fund as (
  select managers.cik
  from managers join asked
  where case
    when asked.fund = '' then false
    when asked.fund glob '*[^0-9]*' then instr(upper(managers.manager_name), asked.fund)
    else managers.cik = cast(asked.fund as integer)
  end
)
select
  held.manager_name, held.ticker, held.name_of_issuer, held.put_call, held.share_type,
  held.shares, held.value_usd, held.portfolio_pct, held.cusip, held.period_of_report, held.cik, held.accession_number
from positions as held
where held.cik in (select cik from fund) and held.period_of_report = (select period_of_report from asked)
order by held.manager_name, held.value_usd desc nulls last, held.cusip, held.put_call, held.share_type
