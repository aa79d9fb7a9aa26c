-- What hedge funds hold of every security: the first half of the contract, whose rules README.md beside this file states.
-- Plain SQL that DuckDB, DataFusion and Spark run alike. Amounts are added up as whole numbers and as whole millionths of
-- what is left, so that the order in which an engine meets the lines makes no difference. A side is 0 for shares, 1 for
-- calls and 2 for puts; 3 more where the amount is principal.
with reports as (
    select
        f.accession_number,
        f.cik,
        f.period_of_report,
        f.role = 'patch' as is_patch,
        case when f.is_share_value then 1 else 0 end as is_unknown,
        case when f.unit = 'thousands' then 1000 else 1 end as dollars,
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
        r.is_patch,
        r.is_unknown,
        r.dollars,
        r.place,
        coalesce(y.cusip, x.cusip, s.cusip, l.cusip) as cusip,
        case when l.share_type = 'PRN' then 3 else 0 end
            + case
                when l.put_call = 'CALL' then 1
                when l.put_call = 'PUT' then 2
                when l.share_type = 'PRN' or x.cusip is not null then 0
                else case substring(coalesce(s.cusip, l.cusip), 7, 2) when '90' then 1 when '95' then 2 else 0 end
            end as side,
        coalesce(l.shares, 0.0e0) as shares,
        coalesce(l.value, 0.0e0) as value
    from lines l
    join reports r on r.accession_number = l.accession_number
    left join cusip_spellings s on s.cusip_as_filed = l.cusip
    left join cusip_matches x
        on x.accession_number = l.accession_number and x.cusip_as_filed = l.cusip and x.evidence = 'matched'
    left join line_cusips y on y.accession_number = l.accession_number and y.line_number = l.line_number
    where l.cusip is not null
),
patches as (
    select cik, period_of_report, cusip, side, max(place) as place
    from read_lines
    where is_patch
    group by cik, period_of_report, cusip, side
),
sums as (
    select
        r.period_of_report,
        r.cik,
        r.cusip,
        r.side,
        max(r.is_unknown) as is_unknown,
        sum(cast(cast(r.shares - r.shares % 1.0e0 as bigint) as decimal(17, 0))) as shares,
        sum(cast(floor(r.shares % 1.0e0 * 1.0e6 + 0.5e0) as bigint)) as shares_rest,
        sum(cast(cast(r.value - r.value % 1.0e0 as bigint) as decimal(21, 0)) * cast(r.dollars as decimal(4, 0))) as value,
        sum(cast(floor(r.value % 1.0e0 * 1.0e6 + 0.5e0) as bigint) * r.dollars) as value_rest
    from read_lines r
    left join patches p
        on p.cik = r.cik and p.period_of_report = r.period_of_report and p.cusip = r.cusip and p.side = r.side
    where p.place is null or r.place >= p.place
    group by r.period_of_report, r.cik, r.cusip, r.side
),
holdings as (
    select
        period_of_report,
        cik,
        cusip,
        side,
        case
            when is_unknown = 0
                then cast(shares as decimal(28, 0)) * cast(1000000 as decimal(7, 0)) + cast(shares_rest as decimal(20, 0))
        end as shares,
        cast(value as decimal(28, 0)) * cast(1000000 as decimal(7, 0)) + cast(value_rest as decimal(20, 0)) as value
    from sums
)
select
    h.period_of_report,
    coalesce(t.ticker, h.cusip) as security,
    t.ticker,
    h.cusip,
    m.family,
    h.cik,
    h.side,
    h.shares,
    h.value
from holdings h
join managers m on m.cik = h.cik
left join cusip_tickers t on t.period_of_report = h.period_of_report and t.cusip = h.cusip
where case when h.shares is null then h.value > 0 else h.shares > 0 end
