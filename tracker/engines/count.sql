-- Holders and filers of every security and period: see README.md beside this file, which states the rules.
-- Plain SQL that DuckDB, DataFusion and Spark run alike. Amounts are added up as whole millionths, so that the order in
-- which an engine meets the lines makes no difference.
with reports as (
    select
        f.accession_number,
        f.cik,
        f.period_of_report,
        m.family,
        f.role = 'patch' as is_patch,
        coalesce(f.is_share_value, false) as is_share_value,
        cast(case when f.unit = 'thousands' then 1000 else 1 end as decimal(4, 0)) as dollars,
        row_number() over (
            partition by f.cik, f.period_of_report
            order by
                f.filing_date asc nulls first,
                f.accepted_at asc nulls first,
                f.amendment_number asc nulls first,
                f.accession_number asc
        ) as place
    from filings f
    join managers m on m.cik = f.cik
    where m.is_hedge_fund
        and f.role in ('base', 'restatement', 'new holdings', 'patch')
        and f.period_of_report in ({periods})
),
read_lines as (
    select
        r.cik,
        r.period_of_report,
        r.family,
        r.is_patch,
        r.is_share_value,
        r.dollars,
        r.place,
        coalesce(x.cusip, s.cusip, l.cusip) as cusip,
        l.share_type,
        case
            when l.put_call = '' and l.share_type = 'SH' and x.cusip is null then
                case substring(coalesce(s.cusip, l.cusip), 7, 2) when '90' then 'CALL' when '95' then 'PUT' else '' end
            else l.put_call
        end as put_call,
        coalesce(l.shares, 0.0e0) as shares,
        coalesce(l.value, 0.0e0) as value
    from lines l
    join reports r on r.accession_number = l.accession_number
    left join cusip_spellings s on s.filed = l.cusip
    left join cusip_matches x
        on x.accession_number = l.accession_number and x.cusip_as_filed = l.cusip and x.cusip is not null
    where l.cusip is not null
),
patches as (
    select cik, period_of_report, cusip, share_type, put_call, max(place) as place
    from read_lines
    where is_patch
    group by cik, period_of_report, cusip, share_type, put_call
),
holdings as (
    select
        r.period_of_report,
        r.cik,
        r.family,
        r.cusip,
        r.share_type,
        r.put_call,
        max(case when r.is_share_value then 1 else 0 end) as is_unknown,
        sum(
            cast(cast(r.shares - r.shares % 1.0e0 as bigint) as decimal(17, 0)) * cast(1000000 as decimal(7, 0))
            + cast(floor(r.shares % 1.0e0 * 1.0e6 + 0.5e0) as decimal(7, 0))
        ) as shares,
        sum(
            (
                cast(cast(r.value - r.value % 1.0e0 as bigint) as decimal(17, 0)) * cast(1000000 as decimal(7, 0))
                + cast(floor(r.value % 1.0e0 * 1.0e6 + 0.5e0) as decimal(7, 0))
            ) * r.dollars
        ) as value
    from read_lines r
    left join patches p
        on p.cik = r.cik
        and p.period_of_report = r.period_of_report
        and p.cusip = r.cusip
        and p.share_type = r.share_type
        and p.put_call = r.put_call
    where p.place is null or r.place >= p.place
    group by r.period_of_report, r.cik, r.family, r.cusip, r.share_type, r.put_call
),
positions as (
    select
        h.period_of_report,
        coalesce(t.ticker, h.cusip) as security,
        t.ticker,
        h.cusip,
        h.family,
        h.cik,
        case when h.share_type = 'SH' and h.put_call = '' then 1 else 0 end as is_shares,
        case when h.put_call = 'CALL' then 1 else 0 end as is_call,
        case when h.put_call = 'PUT' then 1 else 0 end as is_put,
        case when h.is_unknown = 1 then null else h.shares end as shares,
        h.value
    from holdings h
    left join cusip_tickers t on t.period_of_report = h.period_of_report and t.cusip = h.cusip
    where case when h.is_unknown = 1 then h.value > 0 else h.shares > 0 end
),
by_cusip as (
    select
        period_of_report,
        security,
        ticker,
        cusip,
        row_number() over (
            partition by period_of_report, security
            order by sum(case when is_shares = 1 then value else 0 end) desc, cusip asc
        ) as place
    from positions
    group by period_of_report, security, ticker, cusip
),
by_manager as (
    select
        period_of_report,
        security,
        family,
        cik,
        max(is_shares) as is_filer,
        max(is_call) as has_calls,
        max(is_put) as has_puts,
        sum(case when is_shares = 1 then shares end) as shares,
        sum(case when is_shares = 1 then value end) as value
    from positions
    group by period_of_report, security, family, cik
),
by_family as (
    select
        period_of_report,
        security,
        family,
        max(is_filer) as is_holder,
        sum(is_filer) as filers,
        max(has_calls) as has_calls,
        max(has_puts) as has_puts,
        sum(shares) as shares,
        sum(value) as value
    from by_manager
    group by period_of_report, security, family
),
by_security as (
    select
        period_of_report,
        security,
        sum(is_holder) as holders,
        sum(filers) as filers,
        sum(shares) as shares,
        sum(value) as value,
        sum(has_calls) as call_holders,
        sum(has_puts) as put_holders
    from by_family
    group by period_of_report, security
)
select
    b.period_of_report,
    c.cusip,
    c.ticker,
    b.holders,
    b.filers,
    coalesce(b.shares, 0) as shares_in_millionths,
    coalesce(b.value, 0) as value_usd_in_millionths,
    b.call_holders,
    b.put_holders
from by_security b
join by_cusip c
    on c.period_of_report = b.period_of_report and c.security = b.security and c.place = 1
where b.holders > 0 or b.call_holders > 0 or b.put_holders > 0
