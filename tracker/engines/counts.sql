-- Holders and filers of every security: the second half of the contract, from the rows of positions.sql.
with by_cusip as (
    select
        period_of_report,
        security,
        ticker,
        cusip,
        row_number() over (
            partition by period_of_report, security
            order by sum(case when side = 0 then value else 0 end) desc, cusip asc
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
        max(case when side = 0 then 1 else 0 end) as is_filer,
        max(case when side in (1, 4) then 1 else 0 end) as has_calls,
        max(case when side in (2, 5) then 1 else 0 end) as has_puts,
        sum(case when side = 0 then shares end) as shares,
        sum(case when side = 0 then value end) as value
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
