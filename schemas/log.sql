-- A poolmon log in SQL engines: the table, how to load it, and what to ask it.
--
-- Times are UTC. Slopes use uptime_s, the monotonic clock: it does not jump when somebody sets the clock.

-- SQLite ---------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS log (
    time      TEXT    NOT NULL,
    uptime_s  REAL    NOT NULL,
    pool      TEXT    NOT NULL,
    tag       TEXT    NOT NULL,
    type      TEXT,
    allocs    INTEGER,
    frees     INTEGER,
    diff      INTEGER,
    bytes     INTEGER,
    per_alloc INTEGER,
    footprint INTEGER,
    note      TEXT
);

-- sqlite3 log.db < log.sql
-- sqlite3 log.db '.import --csv --skip 1 all.csv log'
--
-- The import makes "" of empty fields; this makes NULL of them, so that aggregates pass them over:
--   UPDATE log SET allocs = nullif(allocs, ''), frees = nullif(frees, ''), diff = nullif(diff, ''),
--       bytes = nullif(bytes, ''), per_alloc = nullif(per_alloc, ''), footprint = nullif(footprint, '');

-- Growth of every tag by least squares, in bytes per hour. Values are taken relative to the first ones, as sums of
-- large squares would lose digits.
CREATE VIEW IF NOT EXISTS slopes AS
WITH sample AS (
    SELECT pool, tag, type,
           uptime_s - min(uptime_s) OVER w AS x,
           CAST(bytes - min(bytes) OVER w AS REAL) AS y,
           bytes
    FROM log
    WHERE bytes IS NOT NULL AND pool NOT IN ('memory', 'event')
    WINDOW w AS (PARTITION BY pool, tag, type)
)
SELECT pool, tag, type, count(*) AS samples, min(bytes) AS min_bytes, max(bytes) AS max_bytes,
       3600 * (count(*) * sum(x * y) - sum(x) * sum(y))
           / nullif(count(*) * sum(x * x) - sum(x) * sum(x), 0) AS slope_bytes_per_hour
FROM sample
GROUP BY pool, tag, type
ORDER BY slope_bytes_per_hour DESC;

-- DuckDB ---------------------------------------------------------------------------------------------
--
-- Both formats are read as they are, gzipped too:
--   SELECT pool, tag, type, count(*), regr_slope(bytes, uptime_s) * 3600 AS slope_bytes_per_hour
--   FROM read_csv('logs/*.csv', union_by_name = true)          -- or read_json_auto('logs/*.ndjson*')
--   WHERE pool NOT IN ('memory', 'event')
--   GROUP BY ALL ORDER BY slope_bytes_per_hour DESC LIMIT 20;

-- ClickHouse -----------------------------------------------------------------------------------------
--
--   SELECT pool, tag, type, count(), (simpleLinearRegression(uptime_s, bytes) AS line).1 * 3600 AS slope
--   FROM file('logs/*.ndjson.gz', 'JSONEachRow')
--   WHERE pool NOT IN ('memory', 'event')
--   GROUP BY pool, tag, type ORDER BY slope DESC LIMIT 20;
