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
-- securities of the band that the counts say changed
changed as materialized (
  select coalesce(counted.ticker, counted.cusip) as security, market_caps.market_cap_usd
  from holder_counts as counted join asked on counted.period_of_report = asked.this_quarter
    left join market_caps using (ticker)
  where counted."new" > 0
    and (not exists (select 1 from market_caps)
      or coalesce(market_caps.market_cap_usd, 0) between asked.min_cap_usd and asked.max_cap_usd)
),
-- every CUSIP that each had, in both quarters
known as materialized (
  select counted.period_of_report, changed.security, changed.market_cap_usd, each.value as cusip
  from holder_counts as counted
    join asked on counted.period_of_report in (asked.this_quarter, asked.quarter_before)
    join changed on changed.security = coalesce(counted.ticker, counted.cusip),
    json_each('[' || replace(json_quote(counted.cusips), ' ', '","') || ']') as each
),
-- families that reported for both quarters: of the others it is not known
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
  select distinct known.security, held.family
  from known join asked on known.period_of_report = asked.quarter_before
    cross join positions as held
    on held.period_of_report = known.period_of_report and held.cusip = known.cusip
  where held.share_type = 'SH' and held.put_call = ''
)
select
  held.family, held.ticker, held.name_of_issuer, known.market_cap_usd, held.shares, held.value_usd,
  held.portfolio_pct, held.cusip, held.period_of_report, held.manager_name, held.cik, held.accession_number
from known join asked on known.period_of_report = asked.this_quarter
  cross join positions as held
  on held.period_of_report = known.period_of_report and held.cusip = known.cusip
  left join other on other.security = known.security and other.family = held.family
where held.share_type = 'SH' and held.put_call = ''
  and held.family in (select family from reported)
  and other.family is null
  and (asked.fund in ('', cast(held.cik as text)) or instr(upper(held.family), asked.fund)
    or instr(upper(held.manager_name), asked.fund))
order by held.value_usd desc nulls last, held.cusip, held.cik
