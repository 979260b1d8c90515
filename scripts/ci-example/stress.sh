#!/bin/sh
# SPDX-License-Identifier: MIT
# What to run while the kernel's memory is recorded. This one makes and removes files for STRESS_SECONDS (60); put
# what your driver does in its place. Long enough for caches to fill and shrink again: minutes rather than seconds.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
end=$(($(date +%s) + ${STRESS_SECONDS:-60}))
while [ "$(date +%s)" -lt "$end" ]; do
	i=0
	while [ "$i" -lt 200 ]; do
		: >"$dir/$i"
		i=$((i + 1))
	done
	rm -f "$dir"/*
done
