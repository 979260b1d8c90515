/* SPDX-License-Identifier: MIT */
/*
 * The one table of fields: every column of a log and of a report, with name, kind, unit and
 * heading. Codecs, renderers, schemas and help texts take them from here.
 */
#ifndef POOLMON_FIELDS_H
#define POOLMON_FIELDS_H

#include <poolmon/error.h>

/* What a value is, and so how it is written. */
enum pm_kind {
	PM_KIND_TEXT,
	PM_KIND_TIME,    /* a moment, UTC, milliseconds */
	PM_KIND_SECONDS, /* a span or a monotonic clock, milliseconds inside, decimal seconds
			    outside */
	PM_KIND_COUNTER, /* only rises, until it wraps or starts again; uint64_t */
	PM_KIND_GAUGE,   /* goes up and down; uint64_t */
	PM_KIND_CHANGE,  /* a difference; int64_t */
	PM_KIND_REAL,    /* double */
	PM_KIND_FLAG,    /* yes or no; uint64_t 1 or 0 */
};

/*
 * A row of the log (`poolmon-log/1`), in the order of the CSV columns.
 *   id         name         kind     unit     heading       what it is
 */
#define PM_LOG_FIELDS(X)                                                                           \
	X(TIME, "time", TIME, "UTC", "Time", "wall-clock time of the snapshot")                    \
	X(UPTIME, "uptime_s", SECONDS, "s", "Uptime", "time since boot, suspend included")         \
	X(POOL, "pool", TEXT, "", "Pool", "the pool that the tag belongs to")                      \
	X(TAG, "tag", TEXT, "", "Tag", "who holds the memory, escaped")                            \
	X(TYPE, "type", TEXT, "", "Type", "Nonp, Paged, Recl, Unrecl, or empty")                   \
	X(ALLOCS, "allocs", COUNTER, "", "Allocs", "allocations since boot")                       \
	X(FREES, "frees", COUNTER, "", "Frees", "frees since boot")                                \
	X(DIFF, "diff", GAUGE, "", "Diff", "outstanding allocations (active objects)")             \
	X(BYTES, "bytes", GAUGE, "B", "Bytes", "outstanding bytes")                                \
	X(PER_ALLOC, "per_alloc", GAUGE, "B", "Per Alloc", "bytes / diff, 0 when diff is 0")       \
	X(FOOTPRINT, "footprint", GAUGE, "B", "Footprint", "memory held for them (slab pages)")    \
	X(NOTE, "note", TEXT, "", "Note", "logfmt pairs, on event rows only")

/*
 * A finding, in the order of the columns and keys of a report.
 */
#define PM_FINDING_FIELDS(X)                                                                       \
	X(RANK, "rank", GAUGE, "#", "#", "1 is the likeliest leak")                                \
	X(HOST, "host", TEXT, "", "Host", "where it was recorded")                                 \
	X(POOL, "pool", TEXT, "", "Pool", "the pool that the tag belongs to")                      \
	X(TAG, "tag", TEXT, "", "Tag", "who holds the memory, escaped")                            \
	X(TYPE, "type", TEXT, "", "Type", "Nonp, Paged, Recl, Unrecl, or empty")                   \
	X(ALIASES, "aliases", TEXT, "", "merged with",                                             \
		"other caches merged into this one, by comma")                                     \
	X(VERDICT, "verdict", TEXT, "", "Verdict", "what the evidence amounts to")                 \
	X(SCORE, "score", REAL, "", "Score", "0 (surely no leak) to 1")                            \
	X(SLOPE, "slope_bytes_per_hour", REAL, "B/h", "Rate", "least-squares slope of bytes")      \
	X(SLOPE_ERROR, "slope_stderr", REAL, "B/h", "+-", "standard error of that slope")          \
	X(SLOPE_LOW, "slope_low", REAL, "B/h", "From", "lower end of its 95 % interval")           \
	X(SLOPE_HIGH, "slope_high", REAL, "B/h", "To", "upper end of its 95 % interval")           \
	X(SLOPE_DIFF, "slope_objects_per_hour", REAL, "/h", "Objects/h", "the same of diff")       \
	X(SLOPE_DIFF_ERROR, "slope_objects_stderr", REAL, "/h", "+- objects",                      \
		"standard error of that")                                                          \
	X(R2, "r_squared", REAL, "", "R2", "share of the variance that the line explains")         \
	X(GROWTH, "growth_bytes", CHANGE, "B", "Growth", "last minus first, summed over epochs")   \
	X(GROWTH_DIFF, "growth_objects", CHANGE, "", "Objects", "the same of diff")                \
	X(FLOOR_RISE, "floor_growth_bytes", CHANGE, "B", "Floor",                                  \
		"what the smallest level rose by and never gave back")                             \
	X(ONSET, "first_seen_growing", TIME, "UTC", "Since", "when the growth began, about")       \
	X(GROWING, "still_growing", FLAG, "", "Growing", "in the last third too")                  \
	X(EXHAUSTED, "exhausted_in_s", SECONDS, "s", "Full in",                                    \
		"when available memory, or what may be committed, is used up at this rate")        \
	X(NOT_FELL, "not_fell_share", REAL, "", "Not fell",                                        \
		"share of steps where it did not fall")                                            \
	X(ROSE, "rose_share", REAL, "", "Rose", "share of steps where it rose")                    \
	X(SAMPLES, "samples", GAUGE, "", "Samples", "rows of this tag")                            \
	X(EPOCHS, "epochs", GAUGE, "", "Epochs", "stretches between counter resets and reboots")   \
	X(GAPS, "gaps", GAUGE, "", "Gaps", "times that samples are missing between two")           \
	X(SPAN, "span_s", SECONDS, "s", "Span", "time covered, summed over epochs")                \
	X(FIRST_TIME, "first_time", TIME, "UTC", "From", "time of the first row")                  \
	X(LAST_TIME, "last_time", TIME, "UTC", "Until", "time of the last row")                    \
	X(FIRST_BYTES, "first_bytes", GAUGE, "B", "First", "bytes in the first row")               \
	X(LAST_BYTES, "last_bytes", GAUGE, "B", "Now", "bytes in the last row")                    \
	X(MIN_BYTES, "min_bytes", GAUGE, "B", "Min", "smallest bytes")                             \
	X(MAX_BYTES, "max_bytes", GAUGE, "B", "Max", "largest bytes")                              \
	X(FIRST_DIFF, "first_diff", GAUGE, "", "First diff", "diff in the first row")              \
	X(LAST_DIFF, "last_diff", GAUGE, "", "Diff", "diff in the last row")                       \
	X(MIN_DIFF, "min_diff", GAUGE, "", "Min diff", "smallest diff")                            \
	X(MAX_DIFF, "max_diff", GAUGE, "", "Max diff", "largest diff")                             \
	X(ALLOCS, "allocs", COUNTER, "", "Allocs", "allocations made while recorded")              \
	X(FREES, "frees", COUNTER, "", "Frees", "frees made while recorded")                       \
	X(FREES_PER_ALLOC, "frees_per_alloc", REAL, "", "Frees/alloc", "1 means all came back")    \
	X(SURVIVORS, "survivors_per_1000_allocs", REAL, "", "Kept/1000",                           \
		"allocations in 1000 that were not freed")                                         \
	X(LOAD_SHARE, "load_share", REAL, "", "Load share",                                        \
		"share of the variance that the rate of allocations explains")                     \
	X(PER_OBJECT, "bytes_per_object", REAL, "B", "Per object", "bytes / diff at the end")      \
	X(GROUP, "group", TEXT, "", "Group",                                                       \
		"the tag that it grows in lockstep with and that is likely the cause")             \
	X(GROUP_RATIO, "group_ratio", REAL, "", "Ratio", "objects for each object of that tag")    \
	X(GROUP_MEMBERS, "group_members", TEXT, "", "in lockstep with",                            \
		"of that tag itself: the others, with their ratios")                               \
	X(UNITS, "units", COUNTER, "", "Units", "units of work done meanwhile on its host")        \
	X(PER_UNIT_DIFF, "per_unit_objects", REAL, "", "Objects/unit",                             \
		"growth in objects for each unit of work")                                         \
	X(PER_UNIT_BYTES, "per_unit_bytes", REAL, "B", "Bytes/unit", "the same in bytes")          \
	X(PER_UNIT_LOW, "per_unit_low", REAL, "", "Per unit from",                                 \
		"lower end of the 95 % interval of the slope over units: objects, else bytes")     \
	X(PER_UNIT_HIGH, "per_unit_high", REAL, "", "Per unit to", "upper end of it")              \
	X(CYCLES, "cycles", GAUGE, "", "Cycles", "whole cycles of work between marks")             \
	X(ROSE_IN_CYCLES, "rose_in_cycles", GAUGE, "", "Rose in cycles",                           \
		"cycles whose smallest level was higher than that of the one before")              \
	X(PER_CYCLE_DIFF, "growth_per_cycle_objects", REAL, "", "Objects/cycle",                   \
		"slope of the smallest level of each cycle")                                       \
	X(PER_CYCLE_BYTES, "growth_per_cycle_bytes", REAL, "B", "Bytes/cycle",                     \
		"the same in bytes")                                                               \
	X(QUIET_KEPT, "quiet_kept_share", REAL, "", "Kept in quiet",                               \
		"of what it grew by until the load stopped, what stayed")                          \
	X(QUIET_FREED, "freed_in_quiet_bytes", CHANGE, "B", "Freed in quiet",                      \
		"bytes given back after the load stopped")                                         \
	X(STRENGTH, "strength", REAL, "", "Strength", "points of evidence that the tests leave")   \
	X(DOUBT_TREND, "doubt_trend", REAL, "", "Doubt: trend",                                    \
		"points off: it hardly grows, at a given rate of allocations")                     \
	X(DOUBT_LOAD, "doubt_load", REAL, "", "Doubt: load",                                       \
		"points off: it follows the rate of allocations")                                  \
	X(DOUBT_STEPS, "doubt_steps", REAL, "", "Doubt: steps",                                    \
		"points off: it only moved in steps")                                              \
	X(DOUBT_LEVELLING, "doubt_levelling", REAL, "", "Doubt: levelling",                        \
		"points off: it levels off")                                                       \
	X(DOUBT_ORDER, "doubt_order", REAL, "", "Doubt: order",                                    \
		"points off: later is not always higher")                                          \
	X(DOUBT_RETURNED, "doubt_returned", REAL, "", "Doubt: returned",                           \
		"points off: some of it was given back")                                           \
	X(DOUBT_FADING, "doubt_fading", REAL, "", "Doubt: fading",                                 \
		"points off: it grew in the beginning rather than in the end")                     \
	X(EVIDENCE, "evidence", TEXT, "", "Evidence", "why, in one line")                          \
	X(WORK, "work", TEXT, "", "work:", "growth by units, cycles and after the load")           \
	X(GATE, "gate", TEXT, "", "Gate", "pass, unsure, known, suppressed, fail, or no rule")     \
	X(GATE_REASON, "gate_reason", TEXT, "", "gate:", "why it is not pass")                     \
	X(DRIVER, "driver", TEXT, "", "owner:", "the driver, or part of Linux, by a tag file")     \
	X(DESCRIPTION, "description", TEXT, "", "for:", "what a tag file says of the tag")

/* What was read, in all. */
#define PM_INPUT_FIELDS(X)                                                                         \
	X(FILES, "files", GAUGE, "", "Files", "logs read")                                         \
	X(BYTES, "bytes", GAUGE, "B", "Size", "size of the files as they stand there")             \
	X(LINES, "lines", GAUGE, "", "Lines", "lines in them")                                     \
	X(ROWS, "rows", GAUGE, "", "Rows", "rows taken")                                           \
	X(SNAPSHOTS, "snapshots", GAUGE, "", "Snapshots", "moments at which tags were sampled")    \
	X(SERIES, "series", GAUGE, "", "Series", "different tags of pools")                        \
	X(DUPLICATES, "duplicates", GAUGE, "", "Duplicates", "rows that were there twice")         \
	X(REJECTED, "rejected", GAUGE, "", "Rejected", "lines that could not be taken")            \
	X(FILTERED, "filtered", GAUGE, "", "Left out", "rows that the options left out")           \
	X(FIRST_TIME, "first_time", TIME, "UTC", "From", "time of the first sample")               \
	X(LAST_TIME, "last_time", TIME, "UTC", "Until", "time of the last sample")                 \
	X(STARTS, "starts", GAUGE, "", "Starts", "times that a recording was begun or continued")  \
	X(MARKS, "marks", GAUGE, "", "Marks", "marks set by users")                                \
	X(MISSED, "missed", GAUGE, "", "Missed", "ticks at which nothing was sampled")             \
	X(UNITS, "units", COUNTER, "", "Units", "units of work, of all hosts")

/* One log. */
#define PM_FILE_FIELDS(X)                                                                          \
	X(PATH, "path", TEXT, "", "File", "as named, or found in a directory")                     \
	X(FORMAT, "format", TEXT, "", "Format", "csv, ndjson or poolmon")                          \
	X(COMPRESSION, "compression", TEXT, "", "Compression", "gzip, zstd or none")               \
	X(BYTES, "bytes", GAUGE, "B", "Size", "as it stands there")                                \
	X(LINES, "lines", GAUGE, "", "Lines", "lines in it")                                       \
	X(ROWS, "rows", GAUGE, "", "Rows", "rows taken")                                           \
	X(FIRST_TIME, "first_time", TIME, "UTC", "From", "time of the first row")                  \
	X(LAST_TIME, "last_time", TIME, "UTC", "Until", "time of the last row")                    \
	X(SKIPPED, "skipped", TEXT, "", "Left out because", "why nothing was read from it")

/* One line that was not taken. */
#define PM_REJECT_FIELDS(X)                                                                        \
	X(KIND, "kind", TEXT, "", "Kind", "stable name of what is wrong")                          \
	X(COUNT, "count", GAUGE, "", "Count", "lines of this kind in all")                         \
	X(PATH, "path", TEXT, "", "File", "where it stands")                                       \
	X(LINE, "line", GAUGE, "#", "Line", "from 1")                                              \
	X(COLUMN, "column", GAUGE, "#", "Column", "byte in the line, from 1")                      \
	X(OFFSET, "offset", GAUGE, "#", "Byte", "of damaged compressed data: where the damage is") \
	X(FIELD, "field", TEXT, "", "Field", "the field in question")                              \
	X(SEEN, "seen", TEXT, "", "Seen", "the beginning of what stands there")                    \
	X(MESSAGE, "message", TEXT, "", "What is wrong", "in words")

/* One host. */
#define PM_HOST_FIELDS(X)                                                                          \
	X(HOST, "host", TEXT, "", "Host", "its name")                                              \
	X(OS, "os", TEXT, "", "System", "operating system")                                        \
	X(KERNEL, "kernel", TEXT, "", "Kernel", "its release")                                     \
	X(BOOTS, "boots", GAUGE, "", "Boots", "different boots in the log")                        \
	X(INTERVAL, "interval_s", SECONDS, "s", "Interval", "time between snapshots")              \
	X(SOURCES, "sources", TEXT, "", "Sources", "where the rows came from")                     \
	X(LABELS, "labels", TEXT, "", "Labels", "what the recording was labelled with, logfmt")

/* One pool. */
#define PM_POOL_FIELDS(X)                                                                          \
	X(POOL, "pool", TEXT, "", "Pool", "its name")                                              \
	X(SERIES, "series", GAUGE, "", "Series", "different tags in it")                           \
	X(SAMPLES, "samples", GAUGE, "", "Rows", "rows of these tags")                             \
	X(FIRST_BYTES, "first_bytes", GAUGE, "B", "First", "sum of bytes in the first rows")       \
	X(LAST_BYTES, "last_bytes", GAUGE, "B", "Now", "sum of bytes in the last rows")

/* One total of the whole machine. */
#define PM_MEMORY_FIELDS(X)                                                                        \
	X(HOST, "host", TEXT, "", "Host", "where it was recorded")                                 \
	X(TAG, "tag", TEXT, "", "Memory", "what it is the total of")                               \
	X(FIRST_BYTES, "first_bytes", GAUGE, "B", "First", "bytes in the first row")               \
	X(LAST_BYTES, "last_bytes", GAUGE, "B", "Now", "bytes in the last row")                    \
	X(MIN_BYTES, "min_bytes", GAUGE, "B", "Min", "smallest bytes")                             \
	X(MAX_BYTES, "max_bytes", GAUGE, "B", "Max", "largest bytes")                              \
	X(CHANGE, "growth_bytes", CHANGE, "B", "Growth", "last minus first, summed over epochs")

/* One recording of a comparison. */
#define PM_RECORDING_FIELDS(X)                                                                     \
	X(SIDE, "side", TEXT, "", "Side", "before or after")                                       \
	X(NAME, "name", TEXT, "", "Recording", "the file or directory, as named")                  \
	X(HOST, "host", TEXT, "", "Host", "where it was recorded, if that is one host")            \
	X(OS, "os", TEXT, "", "System", "its operating system")                                    \
	X(KERNEL, "kernel", TEXT, "", "Kernel", "its release, the last one")                       \
	X(HOSTS, "hosts", GAUGE, "", "Hosts", "different hosts in it")                             \
	X(FILES, "files", GAUGE, "", "Files", "logs read")                                         \
	X(ROWS, "rows", GAUGE, "", "Rows", "rows taken")                                           \
	X(SNAPSHOTS, "snapshots", GAUGE, "", "Snapshots", "moments at which tags were sampled")    \
	X(DUPLICATES, "duplicates", GAUGE, "", "Duplicates", "rows that were there twice")         \
	X(REJECTED, "rejected", GAUGE, "", "Rejected", "lines that could not be taken")            \
	X(FILTERED, "filtered", GAUGE, "", "Left out", "rows that the options left out")           \
	X(FIRST_TIME, "first_time", TIME, "UTC", "From", "time of the first sample")               \
	X(LAST_TIME, "last_time", TIME, "UTC", "Until", "time of the last sample")

/* A tag before and after; a host counts once in each recording. */
#define PM_CHANGE_FIELDS(X)                                                                        \
	X(RANK, "rank", GAUGE, "#", "#", "1 is the worst news")                                    \
	X(VERDICT, "verdict", TEXT, "", "Verdict", "what became of it")                            \
	X(POOL, "pool", TEXT, "", "Pool", "the pool that the tag belongs to")                      \
	X(TAG, "tag", TEXT, "", "Tag", "who holds the memory, escaped")                            \
	X(TYPE, "type", TEXT, "", "Type", "Nonp, Paged, Recl, Unrecl, or empty")                   \
	X(ALIASES, "aliases", TEXT, "", "merged with",                                             \
		"other caches merged into this one, by comma")                                     \
	X(BEFORE, "before_bytes_per_hour", REAL, "B/h", "Before", "slope of bytes before")         \
	X(BEFORE_LOW, "before_low", REAL, "B/h", "from", "its 95 % confidence interval")           \
	X(BEFORE_HIGH, "before_high", REAL, "B/h", "to", "and where that ends")                    \
	X(AFTER, "after_bytes_per_hour", REAL, "B/h", "After", "slope of bytes after")             \
	X(AFTER_LOW, "after_low", REAL, "B/h", "from", "its 95 % confidence interval")             \
	X(AFTER_HIGH, "after_high", REAL, "B/h", "to", "and where that ends")                      \
	X(DIFFERENCE, "difference_bytes_per_hour", REAL, "B/h", "Difference",                      \
		"slope after minus slope before")                                                  \
	X(DIFFERENCE_LOW, "difference_low", REAL, "B/h", "from", "its 95 % confidence interval")   \
	X(DIFFERENCE_HIGH, "difference_high", REAL, "B/h", "to", "and where that ends")            \
	X(P, "p_value", REAL, "p", "p", "chance of such a difference, were there none in truth")   \
	X(Q, "q_value", REAL, "p", "q", "false discovery rate at which it still counts")           \
	X(BEFORE_DIFF, "before_objects_per_hour", REAL, "/h", "Objects/h before",                  \
		"slope of diff before")                                                            \
	X(AFTER_DIFF, "after_objects_per_hour", REAL, "/h", "Objects/h after",                     \
		"slope of diff after")                                                             \
	X(BEFORE_HOSTS, "before_hosts", GAUGE, "", "Hosts before", "hosts that had the tag")       \
	X(AFTER_HOSTS, "after_hosts", GAUGE, "", "Hosts after", "hosts that have the tag")         \
	X(BEFORE_GROWING, "before_growing", GAUGE, "", "Grew",                                     \
		"hosts on which it grew: all of the interval is above 0")                          \
	X(AFTER_GROWING, "after_growing", GAUGE, "", "Grow", "hosts on which it grows")            \
	X(BEFORE_TAU, "before_tau", REAL, "B/h", "Spread before",                                  \
		"standard deviation of the hosts' true slopes")                                    \
	X(AFTER_TAU, "after_tau", REAL, "B/h", "Spread after", "the same after")                   \
	X(BEFORE_I2, "before_i_squared", REAL, "", "I2 before",                                    \
		"share of the hosts' differences that chance does not explain")                    \
	X(AFTER_I2, "after_i_squared", REAL, "", "I2 after", "the same after")                     \
	X(BEFORE_LAST, "before_last_bytes", GAUGE, "B", "Held", "bytes in the last row, mean")     \
	X(AFTER_LAST, "after_last_bytes", GAUGE, "B", "Holds", "bytes in the last row, mean")      \
	X(BEFORE_GROWTH, "before_growth_bytes", CHANGE, "B", "Grew by",                            \
		"last minus first, summed over epochs, mean of the hosts")                         \
	X(AFTER_GROWTH, "after_growth_bytes", CHANGE, "B", "Growth", "the same after")             \
	X(BEFORE_FREES, "before_frees_per_alloc", REAL, "", "Frees/alloc before",                  \
		"1 means all came back")                                                           \
	X(AFTER_FREES, "after_frees_per_alloc", REAL, "", "Frees/alloc after", "the same after")   \
	X(BEFORE_SAMPLES, "before_samples", GAUGE, "", "Samples before", "rows of this tag")       \
	X(AFTER_SAMPLES, "after_samples", GAUGE, "", "Samples after", "rows of this tag")          \
	X(BEFORE_SPAN, "before_span_s", SECONDS, "s", "Span before",                               \
		"time covered, summed over hosts")                                                 \
	X(AFTER_SPAN, "after_span_s", SECONDS, "s", "Span after", "the same after")                \
	X(EVIDENCE, "evidence", TEXT, "", "Evidence", "why, in one line")

/* Something that happened while it was recorded. */
#define PM_MOMENT_FIELDS(X)                                                                        \
	X(TIME, "time", TIME, "UTC", "Time", "when")                                               \
	X(HOST, "host", TEXT, "", "Host", "where")                                                 \
	X(KIND, "kind", TEXT, "", "Event",                                                         \
		"start, stop, boot, mark, gap, source-error, resume, clock-step or command")       \
	X(MISSED, "missed", GAUGE, "", "Missed", "ticks at which nothing was sampled")             \
	X(TEXT, "text", TEXT, "", "Text", "of a mark; a cause or a reason")

#define PM_FIELD_ENUM_LOG(id, ...)       PM_FIELD_##id,
#define PM_FIELD_ENUM_FINDING(id, ...)   PM_FINDING_##id,
#define PM_FIELD_ENUM_INPUT(id, ...)     PM_INPUT_##id,
#define PM_FIELD_ENUM_FILE(id, ...)      PM_FILE_##id,
#define PM_FIELD_ENUM_REJECT(id, ...)    PM_REJECTED_##id,
#define PM_FIELD_ENUM_HOST(id, ...)      PM_HOST_##id,
#define PM_FIELD_ENUM_POOL(id, ...)      PM_POOLS_##id,
#define PM_FIELD_ENUM_MEMORY(id, ...)    PM_MEMORY_##id,
#define PM_FIELD_ENUM_RECORDING(id, ...) PM_RECORDING_##id,
#define PM_FIELD_ENUM_CHANGE(id, ...)    PM_CHANGES_##id,
#define PM_FIELD_ENUM_MOMENT(id, ...)    PM_MOMENTS_##id,

enum pm_log_field { PM_LOG_FIELDS(PM_FIELD_ENUM_LOG) PM_N_LOG_FIELDS };
enum pm_finding_field { PM_FINDING_FIELDS(PM_FIELD_ENUM_FINDING) PM_N_FINDING_FIELDS };
enum pm_input_field { PM_INPUT_FIELDS(PM_FIELD_ENUM_INPUT) PM_N_INPUT_FIELDS };
enum pm_file_field { PM_FILE_FIELDS(PM_FIELD_ENUM_FILE) PM_N_FILE_FIELDS };
enum pm_reject_field { PM_REJECT_FIELDS(PM_FIELD_ENUM_REJECT) PM_N_REJECT_FIELDS };
enum pm_host_field { PM_HOST_FIELDS(PM_FIELD_ENUM_HOST) PM_N_HOST_FIELDS };
enum pm_pool_field { PM_POOL_FIELDS(PM_FIELD_ENUM_POOL) PM_N_POOL_FIELDS };
enum pm_memory_field { PM_MEMORY_FIELDS(PM_FIELD_ENUM_MEMORY) PM_N_MEMORY_FIELDS };
enum pm_recording_field { PM_RECORDING_FIELDS(PM_FIELD_ENUM_RECORDING) PM_N_RECORDING_FIELDS };
enum pm_change_field { PM_CHANGE_FIELDS(PM_FIELD_ENUM_CHANGE) PM_N_CHANGE_FIELDS };
enum pm_moment_field { PM_MOMENT_FIELDS(PM_FIELD_ENUM_MOMENT) PM_N_MOMENT_FIELDS };

struct pm_field {
	const char *name; /* CSV column and JSON key */
	enum pm_kind kind;
	const char *unit;    /* "" where there is none; "#": it is a number in a sequence, not an
			       amount; "p": a chance */
	const char *heading; /* for people */
	const char *what;    /* one line of explanation */
};

/* Each indexed by its enum. */
PM_DATA const struct pm_field pm_log_fields[PM_N_LOG_FIELDS];
PM_DATA const struct pm_field pm_finding_fields[PM_N_FINDING_FIELDS];
PM_DATA const struct pm_field pm_input_fields[PM_N_INPUT_FIELDS];
PM_DATA const struct pm_field pm_file_fields[PM_N_FILE_FIELDS];
PM_DATA const struct pm_field pm_reject_fields[PM_N_REJECT_FIELDS];
PM_DATA const struct pm_field pm_host_fields[PM_N_HOST_FIELDS];
PM_DATA const struct pm_field pm_pool_fields[PM_N_POOL_FIELDS];
PM_DATA const struct pm_field pm_memory_fields[PM_N_MEMORY_FIELDS];
PM_DATA const struct pm_field pm_recording_fields[PM_N_RECORDING_FIELDS];
PM_DATA const struct pm_field pm_change_fields[PM_N_CHANGE_FIELDS];
PM_DATA const struct pm_field pm_moment_fields[PM_N_MOMENT_FIELDS];

/* The whole numbers of a row: pm_row.value[] is indexed by field - PM_FIELD_ALLOCS. */
#define PM_N_VALUES ((int)PM_FIELD_FOOTPRINT - (int)PM_FIELD_ALLOCS + 1)

#endif
