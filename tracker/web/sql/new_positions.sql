-- What hedge-fund families hold now and did not a quarter before.
-- A family that did not report for both quarters has neither bought nor sold, as far as is known.
-- :quarter is 2025Q3, 2025-09-30, or empty for the newest; :fund is a CIK, a part of a name, or empty for all;
-- :min_cap and :max_cap are millions of dollars (50 to 300; from 0 on, those of unknown market cap come too).
-- market_caps is each ticker's newest market cap; the site makes it from db/prices when it starts.
with newest as (
  select max(period_of_report) as period_of_report from runs
  where trim(:quarter) in ('', period_of_report)
    or upper(trim(:quarter)) = substr(period_of_report, 1, 4) || 'Q' || (substr(period_of_report, 6, 2) / 3)
),
asked as (
  select
    period_of_report as this_quarter,
    date(period_of_report, 'start of month', '-2 months', '-1 day') as quarter_before,
    upper(trim(:fund)) as fund,
    coalesce(nullif(trim(:min_cap), ''), 50) * 1e6 as min_cap_usd,
    coalesce(nullif(trim(:max_cap), ''), 300) * 1e6 as max_cap_usd
  from newest
  where date(period_of_report, 'start of month', '-2 months', '-1 day') in (select period_of_report from runs)
),
reported as materialized (
  select managers.family
  from filings join managers using (cik) join asked
  where managers.is_hedge_fund
    and filings.role in ('base', 'restatement', 'new holdings')
    and filings.period_of_report in (asked.this_quarter, asked.quarter_before)
  group by managers.family
  having count(distinct filings.period_of_report) = 2
),
other as materialized (
  select distinct family, coalesce(ticker, cusip) as security
  from positions
  where period_of_report = (select quarter_before from asked) and share_type = 'SH' and put_call = ''
)
select
  held.family, held.ticker, held.name_of_issuer, market_caps.market_cap_usd, held.shares, held.value_usd,
  held.portfolio_pct, held.cusip, held.period_of_report, held.manager_name, held.cik, held.accession_number
from positions as held join asked on held.period_of_report = asked.this_quarter left join market_caps using (ticker)
where held.share_type = 'SH' and held.put_call = ''
  and held.family in (select family from reported)
  and (held.family, coalesce(held.ticker, held.cusip)) not in (select family, security from other)
  and (asked.fund in ('', cast(held.cik as text)) or instr(upper(held.family), asked.fund)
    or instr(upper(held.manager_name), asked.fund))
  and (not exists (select 1 from market_caps)
    or coalesce(market_caps.market_cap_usd, 0) between asked.min_cap_usd and asked.max_cap_usd)
order by held.value_usd desc nulls last, held.cusip, held.cik
