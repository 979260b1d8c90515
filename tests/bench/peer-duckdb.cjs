// SPDX-License-Identifier: MIT
// What DuckDB makes of every series: count, least, most, slope. It is told the columns, so that it need not guess.
// Usage: node peer-duckdb.cjs THREADS DIRECTORY PATTERN
const { createRequire } = require("node:module");
const { DuckDBInstance } = createRequire(process.env.BENCH_NODE + "/")("@duckdb/node-api");

const [threads, directory, pattern] = process.argv.slice(2);
const files = `${directory}/${pattern}`;
const numbers = ["allocs", "frees", "diff", "bytes", "per_alloc", "footprint"];
const types = { time: "TIMESTAMP", uptime_s: "DOUBLE", pool: "VARCHAR", tag: "VARCHAR", type: "VARCHAR" };
const used = { uptime_s: "DOUBLE", pool: "VARCHAR", tag: "VARCHAR", type: "VARCHAR", bytes: "UBIGINT" };
for (const name of numbers) types[name] = "UBIGINT";
types.note = "VARCHAR";
const columns = (all) => "{" + Object.entries(all).map(([name, type]) => `'${name}': '${type}'`).join(", ") + "}";
const table = /\.csv/.test(pattern)
  ? `read_csv('${files}', header = true, auto_detect = false, columns = ${columns(types)})`
  : `read_json('${files}', format = 'newline_delimited', columns = ${columns(used)})`;

async function main() {
  const connection = await (await DuckDBInstance.create(":memory:", { threads })).connect();
  const result = await connection.runAndReadAll(`
    SELECT tag, CAST(count(*) AS DOUBLE) AS samples, CAST(min(bytes) AS DOUBLE) AS least, CAST(max(bytes) AS DOUBLE) AS most,
           regr_slope(bytes, uptime_s) * 3600 AS slope
    FROM ${table} WHERE pool = 'system' GROUP BY pool, tag, type`);
  console.log(JSON.stringify(result.getRows()));
}

main();
