-- The micro-caps held by the most hedge funds.
-- :quarter is 2025Q3, 2025-09-30, or empty for the newest; :min_cap and :max_cap are millions of dollars (50 to 300).
-- market_caps has each ticker's newest market cap; the site loads it from db/prices when it starts.
with asked as (
  select
    coalesce(nullif(trim(:min_cap), ''), 50) * 1e6 as min_cap_usd,
    coalesce(nullif(trim(:max_cap), ''), 300) * 1e6 as max_cap_usd,
    (
      select max(period_of_report) from runs
      where trim(:quarter) in ('', period_of_report)
        or upper(trim(:quarter)) = substr(period_of_report, 1, 4) || 'Q' || (substr(period_of_report, 6, 2) / 3)
    ) as period_of_report
)
select
  counted.ticker, counted.name_of_issuer, market_caps.market_cap_usd, counted.holders, counted.holders_previous,
  counted."new", counted.closed, counted.increased, counted.reduced, counted.awaited, counted.shares, counted.value_usd,
  counted.largest_holder, counted.cusip, counted.period_of_report
from holder_counts as counted join asked using (period_of_report) left join market_caps using (ticker)
where counted.holders > 0
  and counted.kind in ('common', 'adr', 'unknown')
  and (not exists (select 1 from market_caps)
    or coalesce(market_caps.market_cap_usd, 0) between asked.min_cap_usd and asked.max_cap_usd)
order by counted.holders desc, counted.value_usd desc, counted.cusip
