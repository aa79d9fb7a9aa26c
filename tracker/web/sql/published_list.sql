-- The stocks of an edition. :edition is its slug, or empty for the newest.
select
  "rank", ticker, name, exchange, market_cap_usd, return_pct, holders, "change", awaited, value_usd, ownership_pct,
  largest_holder, cusip, edition
from rankings
where edition = coalesce(nullif(trim(:edition), ''), (select slug from editions order by as_of desc, slug limit 1))
order by "rank"
