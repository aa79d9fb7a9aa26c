-- The hedge funds that report shares of a security, largest holding first.
-- :security is a ticker or a CUSIP; :quarter is 2025Q3, 2025-09-30, or empty for the newest.
with asked as (
  select
    upper(trim(:security)) as cusip,
    replace(replace(upper(trim(:security)), '-', '.'), '/', '.') as ticker,
    (
      select max(period_of_report) from runs
      where trim(:quarter) in ('', period_of_report)
        or upper(trim(:quarter)) = substr(period_of_report, 1, 4) || 'Q' || (substr(period_of_report, 6, 2) / 3)
    ) as period_of_report
),
-- every CUSIP that the ticker has had: a third of the tickers have had more than one
security as (
  select each.value as cusip
  from holder_counts as counted join asked using (period_of_report),
    json_each('[' || replace(json_quote(counted.cusips), ' ', '","') || ']') as each
  where counted.ticker = asked.ticker
    or (length(asked.cusip) = 9 and instr(' ' || counted.cusips || ' ', ' ' || asked.cusip || ' '))
)
select
  held.manager_name, held.family, held.shares, held.value_usd, held.portfolio_pct,
  held.ticker, held.cusip, held.period_of_report, held.cik, held.accession_number
from positions as held
where held.period_of_report = (select period_of_report from asked)
  and held.cusip in (select cusip from security)
  and held.share_type = 'SH' and held.put_call = ''
order by held.shares desc nulls last, held.cik
