-- $about
-- Only families that reported for both quarters: whether another one bought or sold is unknown.
-- :quarter is 2025Q3, 2025-09-30, or empty for the newest; :fund is a CIK, a part of a name, or empty for all;
-- :min_cap and :max_cap are millions of dollars ($min_cap to $max_cap; from 0 on, those of unknown market cap are included).
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
    coalesce(nullif(trim(:min_cap), ''), $min_cap) * 1e6 as min_cap_usd,
    coalesce(nullif(trim(:max_cap), ''), $max_cap) * 1e6 as max_cap_usd
  from newest
  where date(period_of_report, 'start of month', '-2 months', '-1 day') in (select period_of_report from runs)
),
-- both quarters' counts; is_changed: in the band, and the counts of this quarter say so
counted as (
  select
    counts.period_of_report, counts.cusips, coalesce(counts.ticker, counts.cusip) as security,
    market_caps.market_cap_usd,
    max(
      counts.period_of_report = asked.this_quarter and counts."$change" > 0
      and (not exists (select 1 from market_caps)
        or coalesce(market_caps.market_cap_usd, 0) between asked.min_cap_usd and asked.max_cap_usd)
    ) over (partition by coalesce(counts.ticker, counts.cusip)) as is_changed
  from holder_counts as counts join asked on counts.period_of_report in (asked.this_quarter, asked.quarter_before)
    left join market_caps using (ticker)
),
-- every CUSIP that each security had
known as materialized (
  select counted.period_of_report, counted.security, counted.market_cap_usd, each.value as cusip
  from counted, json_each('[' || replace(json_quote(counted.cusips), ' ', '","') || ']') as each
  where counted.is_changed
),
-- families that are asked about and reported for both quarters (as `reporting_families` has them)
reported as materialized (
  select managers.family
  from filings join managers using (cik) join asked
  where managers.is_hedge_fund
    and filings.role in ($counted_roles)
    and filings.period_of_report in (asked.this_quarter, asked.quarter_before)
    and managers.family in (
      select named.family
      from managers as named join asked as by
      where by.fund in ('', cast(named.cik as text)) or instr(upper(named.family), by.fund)
        or instr(upper(named.manager_name), by.fund)
    )
  group by managers.family
  having count(distinct filings.period_of_report) = 2
),
both as (
  select
    held.rowid as position, known.market_cap_usd, known.period_of_report,
    max(known.period_of_report = asked.$other) over (partition by known.security, held.family) as is_other
  from known join asked cross join positions as held
    on held.period_of_report = known.period_of_report and held.cusip = known.cusip
  where held.share_type = 'SH' and held.put_call = '' and held.family in (select family from reported)
)
select
  held.family, held.ticker, held.name_of_issuer, both.market_cap_usd, held.shares, held.value_usd,
  held.portfolio_pct, held.cusip, held.period_of_report, held.manager_name, held.cik, held.accession_number
from both join asked on both.period_of_report = asked.$held join positions as held on held.rowid = both.position
where not both.is_other
order by held.value_usd desc nulls last, held.cusip, held.cik
