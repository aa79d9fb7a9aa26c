-- How many hedge funds held a security in each loaded quarter, and how many bought or sold since the one before.
-- :security is a ticker or a CUSIP.
with asked as (
  select
    upper(trim(:security)) as cusip,
    replace(replace(upper(trim(:security)), '-', '.'), '/', '.') as ticker
)
select
  period_of_report, ticker, cusip, name_of_issuer, holders, "new", increased, reduced, closed, awaited,
  shares, value_usd, split_ratio, largest_holder
from holder_counts
where ticker = (select ticker from asked)
  or ((select length(cusip) = 9 from asked)
    and instr(' ' || cusips || ' ', ' ' || (select cusip from asked) || ' '))
order by period_of_report
