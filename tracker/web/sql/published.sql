-- The editions, newest first.
select as_of, title, slug, period_of_report, stocks, hedge_funds, base_date, end_date, cap_date
from editions
order by as_of desc, slug
