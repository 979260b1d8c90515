/* SPDX-License-Identifier: MIT */
/*
 * One row = one tag of one pool at one time; and what it refers to: the key (which tag) and the
 * origin (which boot of which host).
 */
#ifndef POOLMON_ROW_H
#define POOLMON_ROW_H

#include <poolmon/fields.h>

#include <stdbool.h>

enum pm_pool {
	PM_POOL_SYSTEM,  /* Windows system pools */
	PM_POOL_SESSION, /* Windows session pools: "session:3"; "session:all": their sum */
	PM_POOL_SLAB,    /* Linux slab caches */
	PM_POOL_ALLOC,   /* Linux allocation sites */
	PM_POOL_VMALLOC, /* Linux vmalloc areas */
	PM_POOL_KMEM,    /* Linux kmem trace points */
	PM_POOL_MEMORY,  /* totals of the whole machine; no tag of it is a suspect */
	PM_POOL_EVENT,   /* something that happened; the row carries a note and no numbers */
	PM_N_POOLS,
};

/* The pool that a name ("slab", "session:3") stands for; false where it is none. */
PM_API bool pm_pool_of_name(const char *name, size_t n, enum pm_pool *pool);

/* Whether rows of this pool are somebody's allocations, and so may leak. */
static inline bool pm_pool_has_suspects(enum pm_pool pool)
{
	return pool != PM_POOL_MEMORY && pool != PM_POOL_EVENT;
}

/* Whether a row may have this type: Nonp, Paged, Recl, Unrecl or "". */
PM_API bool pm_type_is_known(const char *type, size_t n);

/* Which tag of which pool. Interned: within one table of keys, equal keys are one pointer. */
struct pm_key {
	uint32_t id; /* 0, 1, 2 ... in the order in which the table first saw them */
	enum pm_pool pool;
	const char *pool_name; /* "slab", "session:3" */
	const char *type;      /* "Unrecl", "" */
	const char *tag;       /* escaped, see tag.h */
	size_t n_tag;
	const char *raw_tag; /* the bytes themselves; may hold any byte, NUL too */
	size_t n_raw_tag;
};

struct pm_label {
	const char *name, *value;
};

/* Which boot of which host, and how it was recorded: what `start` rows tell. Text that is not known
 * is
 * "". Rows that were read point to interned origins: there equal texts are equal pointers. */
struct pm_origin {
	const char *host, *os, *kernel, *boot_id;
	const char *sources;    /* "slab" */
	const char *version;    /* of the program that recorded it */
	int64_t interval_ms;    /* 0 where not known */
	uint32_t implied_boots; /* reboots that only a falling uptime told, where no boot_id is
				   known */
	const struct pm_label *labels;
	size_t n_labels;
};

/* Of interned origins: whether the uptimes of their rows are on one clock. */
static inline bool pm_origin_same_boot(const struct pm_origin *a, const struct pm_origin *b)
{
	return a == b ||
		(a->host == b->host && a->boot_id == b->boot_id &&
			a->implied_boots == b->implied_boots);
}

struct pm_row {
	int64_t time_ms;   /* wall clock, since 1970-01-01 UTC */
	int64_t uptime_ms; /* since boot, suspend included */
	const struct pm_key *key;
	const struct pm_origin *origin; /* NULL on rows that a source has sampled */
	uint32_t has;                   /* bit i set: value[i] is known */
	uint64_t value[PM_N_VALUES];    /* by PM_VALUE_* */
	const char *note;               /* event rows: logfmt, n_note bytes; else NULL */
	size_t n_note;
	uint64_t line; /* where it was read, 1-based; 0 where it was not */
};

/* What a row says, but for when and of which boot; many rows of a log say the same. */
struct pm_reading {
	uint64_t value[PM_N_VALUES];
	const struct pm_key *key;
	/* Readings of one table of keys that have the same stamp are of one key and say the same;
	 * 0: it has none. */
	uint64_t stamp;
	uint32_t id;  /* of the key */
	uint32_t has; /* like pm_row.has */
};

/* Indices of pm_row.value[]. */
enum pm_value {
	PM_VALUE_ALLOCS = 0,
	PM_VALUE_FREES = PM_FIELD_FREES - PM_FIELD_ALLOCS,
	PM_VALUE_DIFF = PM_FIELD_DIFF - PM_FIELD_ALLOCS,
	PM_VALUE_BYTES = PM_FIELD_BYTES - PM_FIELD_ALLOCS,
	PM_VALUE_PER_ALLOC = PM_FIELD_PER_ALLOC - PM_FIELD_ALLOCS,
	PM_VALUE_FOOTPRINT = PM_FIELD_FOOTPRINT - PM_FIELD_ALLOCS,
};

static inline bool pm_row_has(const struct pm_row *row, enum pm_value value)
{
	return (row->has >> value & 1) != 0;
}

static inline void pm_row_set(struct pm_row *row, enum pm_value value, uint64_t v)
{
	row->value[value] = v;
	row->has |= UINT32_C(1) << value;
}

/* Whether an event row is the event of this name ("start", "mark", ...). */
PM_API bool pm_row_is_event(const struct pm_row *row, const char *name);

/* Appends ` key=value`, quoted as it must be, to the note that note[size] holds, which ends with
 * NUL; a pair that does not fit is left out. */
PM_API void pm_note_put(char *note, size_t size, const char *key, const char *value);

/*
 * One pair of a note. *at runs from the note's beginning (offset 0) to n; each call sets key[n_key]
 * (inside the note) and value, unquoted, NUL-terminated in value[size] (cut off where longer).
 * Returns false at the end.
 */
PM_API bool pm_note_next(const char *note, size_t n, size_t *at, const char **key, size_t *n_key,
	char *value, size_t size);

/* The value of one key of a note; false where there is none. */
PM_API bool pm_note_get(const char *note, size_t n, const char *key, char *value, size_t size);

#endif
