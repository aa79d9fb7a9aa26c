"""What is loaded, put where a team's own programs look: a PostgreSQL database, or Iceberg tables.

Both targets have the same tables with the same rows, and replace only the parts that have changed since the last
export.
"""
