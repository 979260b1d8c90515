// SPDX-License-Identifier: MIT
// What ClickHouse (chDB) makes of every series: count, least, most, slope. It is told the columns.
// Usage: node peer-chdb.cjs THREADS DIRECTORY PATTERN
const { createRequire } = require("node:module");
const { query } = createRequire(process.env.BENCH_NODE + "/")("chdb");

const [threads, directory, pattern] = process.argv.slice(2);
const used = "uptime_s Float64, pool String, tag String, type String, bytes Nullable(UInt64)";
const format = /\.csv/.test(pattern) ? "CSVWithNames" : "JSONEachRow";

console.log(query(`
  SELECT '[' || arrayStringConcat(groupArray(row), ',') || ']' FROM (
    SELECT toJSONString(tuple(tag, toFloat64(count()), toFloat64(min(bytes)), toFloat64(max(bytes)),
                              tupleElement(simpleLinearRegression(uptime_s, toFloat64(bytes)), 1) * 3600)) AS row
    FROM file('${directory}/${pattern}', '${format}', '${used}') WHERE pool = 'system' GROUP BY pool, tag, type)
  SETTINGS max_threads = ${threads}, input_format_skip_unknown_fields = 1`, "TSVRaw").trim());
