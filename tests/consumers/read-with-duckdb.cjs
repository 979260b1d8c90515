// SPDX-License-Identifier: MIT
// Reads a log with DuckDB, telling it nothing about the columns, and prints what it makes of every series as JSON.
// Usage: node read-with-duckdb.cjs LOG
const { createRequire } = require("node:module");
const { DuckDBInstance } = createRequire(process.cwd() + "/")("@duckdb/node-api");

const path = process.argv[2];
const table = (/\.csv(\.gz)?$/.test(path) ? "read_csv" : "read_json_auto") + `('${path.replaceAll("'", "''")}')`;

async function main() {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const types = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${table}`);
  const series = await connection.runAndReadAll(`
    SELECT pool, tag, type, CAST(count(*) AS INTEGER) AS samples,
           CAST(min(bytes) AS VARCHAR) AS least, CAST(max(bytes) AS VARCHAR) AS most,
           regr_slope(bytes, uptime_s) * 3600 AS slope
    FROM ${table} WHERE pool NOT IN ('memory', 'event') GROUP BY ALL`);
  const { column_name: names, column_type: kinds } = types.getColumnsObject();
  console.log(JSON.stringify({
    types: Object.fromEntries(names.map((name, i) => [name, kinds[i]])),
    series: series.getRowObjects(),
  }));
}

main();
