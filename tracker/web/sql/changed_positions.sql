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
-- what each manager filed: a report, or only a notice
filed as materialized (
  select
    cik,
    max(period_of_report = this_quarter and role in ($opening_roles)) as reports,
    max(period_of_report = quarter_before and role in ($opening_roles)) as reported,
    max(period_of_report = this_quarter and role = $notice) as gives_notice,
    max(period_of_report = quarter_before and role = $notice) as gave_notice
  from filings join asked on period_of_report in (this_quarter, quarter_before)
  group by cik
),
by_family as materialized (
  select
    managers.family, max(filed.reports) and max(filed.reported) as is_in_both,
    max(filed.reported and not filed.reports and filed.gives_notice) as hands_over
  from filed join managers using (cik)
  where managers.is_hedge_fund
  group by managers.family
),
-- managers with a report in one of the quarters, and neither a report nor a notice in the other; a report may pass over
-- within a family, with a notice
one_sided as materialized (
  select managers.family, filed.reports, managers.crd_number, managers.sec_file_number, by_family.hands_over
  from filed join managers using (cik) join by_family using (family)
  where managers.is_hedge_fund
    and ((filed.reported and not filed.reports and not filed.gives_notice)
      or (filed.reports and not filed.reported and not filed.gave_notice))
),
-- families that are asked about and are compared, by the rule of `rankings/reporting.py`
reported as materialized (
  select by_family.family
  from by_family
  where by_family.is_in_both
    and by_family.family in (
      select named.family
      from managers as named join asked as by
      where by.fund in ('', cast(named.cik as text)) or instr(upper(named.family), by.fund)
        or instr(upper(named.manager_name), by.fund)
    )
    and not exists (
      select 1
      from one_sided
      where one_sided.family = by_family.family
        and not (one_sided.reports and one_sided.hands_over)
        -- nor to another CIK of the same firm
        and not exists (
          select 1
          from one_sided as other
          where other.family = one_sided.family and other.reports <> one_sided.reports
            and (other.crd_number = one_sided.crd_number or other.sec_file_number = one_sided.sec_file_number)
        )
    )
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
