/* SPDX-License-Identifier: MIT */
/* What compresses and what inflates, whichever library does it: the build picks one for each
 * format. All of it takes and gives bytes in steps of any size. */
#ifndef POOLMON_BASE_PACKING_H
#define POOLMON_BASE_PACKING_H

#include <poolmon/packing.h>

/* Moved on by each step: in[n_in] is still to be taken, out[n_out] still to be filled. */
struct pm_pump {
	const unsigned char *in;
	size_t n_in;
	unsigned char *out;
	size_t n_out;
};

enum pm_inflated {
	PM_INFLATED_MORE, /* as far as input and room went */
	PM_INFLATED_END,  /* the member is complete, and what it holds was found right */
	PM_INFLATED_CORRUPT,
	PM_INFLATED_WINDOW, /* it would take more memory than PM_WINDOW_LOG_MAX allows */
	PM_INFLATED_MEMORY,
};

/* What a frame of zstd may ask for: 128 MiB, what `zstd -d` grants unless told otherwise. */
enum { PM_WINDOW_LOG_MAX = 27 };

/* Inflates members (of gzip) or frames (of zstd), one after the other. */
struct pm_inflate_kind {
	void *(*create)(void);      /* NULL: out of memory */
	void (*begin)(void *state); /* the next member; after create() too */
	enum pm_inflated (*run)(void *state, struct pm_pump *pump);
	void (*destroy)(void *state);
};

enum pm_deflate_until {
	PM_DEFLATE_TAKEN,   /* some of it may stay inside */
	PM_DEFLATE_FLUSHED, /* all of it can be inflated */
	PM_DEFLATE_ENDED,   /* and the member is ended */
};

enum pm_deflated { PM_DEFLATED_MORE, PM_DEFLATED_DONE, PM_DEFLATED_MEMORY };

/* Compresses: raw deflate, or frames of zstd. */
struct pm_deflate_kind {
	void *(*create)(int level); /* 0: the one it is best at. NULL: out of memory */
	void (*begin)(void *state); /* a new member; after create() too */
	/* To be called, with room, until it is done. */
	enum pm_deflated (*run)(void *state, struct pm_pump *pump, enum pm_deflate_until until);
	void (*destroy)(void *state);
};

/* NULL: not in this build, or PM_PACKING_NONE. Levels are 1 (fast) to 9 (small), or 0. */
const struct pm_inflate_kind *pm_inflate_kind(enum pm_packing packing);
/* One that gives the same of damaged data whatever the steps and the build; it may be slower. Of
 * data that are right any kind gives the same. */
const struct pm_inflate_kind *pm_inflate_careful(enum pm_packing packing);
const struct pm_deflate_kind *pm_deflate_kind(enum pm_packing packing, int level);

/* ---- for packing.c, which chooses ---- */

extern const struct pm_inflate_kind pm_inflate_zlib;
extern const struct pm_deflate_kind pm_deflate_zlib;
/* Of gzip, by ISA-L; NULL: there is none. */
const struct pm_inflate_kind *pm_inflate_fast(void);
const struct pm_deflate_kind *pm_deflate_fast(void);
/* NULL: there is none. */
const struct pm_inflate_kind *pm_inflate_zstd(void);
const struct pm_deflate_kind *pm_deflate_zstd(void);

#endif
