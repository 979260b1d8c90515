# SPDX-License-Identifier: MIT
"""What pandas makes of every series: count, least, most, slope.

Usage: peer-pandas.py csv|ndjson FILE..."""
import json
import sys

import pandas

form, *paths = sys.argv[1:]
used = ["uptime_s", "pool", "tag", "type", "bytes"]
if form == "csv":
    parts = [pandas.read_csv(path, usecols=used, dtype={"pool": "category", "tag": "category", "type": "category"}) for path in paths]
else:
    parts = [pandas.read_json(path, lines=True, convert_dates=False)[used] for path in paths]
rows = pandas.concat(parts)
rows = rows[rows["pool"] == "system"]
keys = [rows[name].astype("category") for name in ("pool", "tag", "type")]
groups = rows.groupby(keys, observed=True)
x = rows["uptime_s"] - groups["uptime_s"].transform("mean")
y = rows["bytes"] - groups["bytes"].transform("mean")
slopes = (x * y).groupby(keys, observed=True).sum() / (x * x).groupby(keys, observed=True).sum() * 3600
found = groups["bytes"].agg(["count", "min", "max"])
print(json.dumps([[key[1], row.count_, row.min, row.max, slopes[key]] for key, row in
                  zip(found.index, found.rename(columns={"count": "count_"}).itertuples())]))
