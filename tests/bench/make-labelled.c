/* SPDX-License-Identifier: MIT */
/*
 * Writes a log of series that leak and series that do not, to the standard output, as CSV:
 *
 *   make-labelled [--every N] SAMPLES PER_SHAPE SEED TRUTH [SHAPE...]
 *
 * and which is which to the file TRUTH: pool, tag, type, 1 if it leaks, shape, and the moment it
 * begins to (0 to 1 of the run). The same log for the same arguments and C library. With --every it
 * has the first of each N samples only, of the same courses. The shape `others` is all of those
 * that no constant of the judgement was fitted on; they are made only when asked for.
 *
 * A series is a pool of objects that come at a rate and live for a while (so its noise hangs
 * together over a lifetime), to which its shape adds what happens: see `shapes`. Growth is sized by
 * the noise of the series itself, from 1.5 to 60 standard deviations.
 */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	INTERVAL_MS = 5000,
	SAMPLES_MAX = 500000, /* the log ends within the month it begins in */
	CUTS_MAX = 24,
};

static const double TURN = 6.283185307179586;

struct series {
	const struct shape *shape;
	uint64_t random;
	char tag[24];
	double rate, lifetime; /* of ordinary objects: a sample, samples */
	double growth;         /* objects that the shape is about */
	double a, b, c;        /* of the shape, 0 to 1, drawn at the beginning */
	double cuts[CUTS_MAX]; /* moments, 0 to 1 */
	int n_cuts;
	uint64_t size;
	bool counted; /* else pages are known only */
	bool wraps;   /* counters have 32 bits */
	double onset; /* when it begins to leak, 0 to 1 */
	/* state */
	double u, du;      /* this moment of the run, 0 to 1, and the time since the last */
	double live, held; /* ordinary objects, and lost ones */
	uint64_t extra;    /* objects held beside */
	uint64_t allocs, frees;
	double wander, load_wander, burst; /* of some shapes */
	double flutter,
		flutter_by; /* of the rate: a logarithm, and how far it goes; 0: it is steady */
};

/* What a shape does in a step. */
struct step {
	double load;    /* factor on the rate */
	double leak;    /* objects lost in this step */
	double extra;   /* objects held beside: a cache, a phase */
	bool per_event; /* leak is a probability for each allocation */
	bool reset;     /* counters and objects start anew */
	bool missing;   /* no sample */
};

struct shape {
	const char *name;
	enum kind { BENIGN, LEAKS, OTHER_BENIGN, OTHER_LEAKS } kind;
	void (*draw)(struct series *series);                    /* may be NULL */
	void (*step)(struct series *series, struct step *step); /* NULL: nothing happens */
};

/* ---- chance ---- */

static uint64_t next_random(struct series *series)
{
	uint64_t z = series->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static double uniform(struct series *series, double from, double to)
{
	return from + (to - from) * (double)(next_random(series) >> 11) * 0x1p-53;
}

static double log_uniform(struct series *series, double from, double to)
{
	return from * exp(uniform(series, 0, log(to / from)));
}

static double normal(struct series *series)
{
	/* Compilers differ in which of two calls in one expression they make first. */
	const double radius = sqrt(-2 * log(uniform(series, 1e-300, 1)));

	return radius * cos(TURN * uniform(series, 0, 1));
}

static bool chance(struct series *series, double p)
{
	return uniform(series, 0, 1) < p;
}

static double poisson(struct series *series, double mean)
{
	double p, n = 0;

	if (mean <= 0)
		return 0;
	if (mean > 40) {
		n = floor(mean + sqrt(mean) * normal(series) + 0.5);
		return n < 0 ? 0 : n;
	}
	p = exp(-mean);
	for (double u = uniform(series, 0, 1); u > p && n < 1000; n++) {
		u -= p;
		p *= mean / (n + 1);
	}
	return n;
}

static double sine(double u, double periods, double phase)
{
	return sin(TURN * (u * periods + phase));
}

/* Whether this is the step in which a moment comes. */
static bool comes(const struct series *series, double moment)
{
	return series->u >= moment && series->u - series->du < moment;
}

static void draw_cuts(struct series *series, int from, int to, double first, double last)
{
	series->n_cuts = (int)floor(uniform(series, from, to + 1));
	for (int i = 0; i < series->n_cuts; i++)
		series->cuts[i] = uniform(series, first, last);
}

static int cuts_passed(const struct series *series)
{
	int n = 0;

	for (int i = 0; i < series->n_cuts; i++)
		n += series->u >= series->cuts[i];
	return n;
}

/* ---- shapes ---- */

/* The standard deviation of the ordinary objects that live. */
static double noise_of(const struct series *s)
{
	const double live = s->rate * s->lifetime;

	return sqrt(live + pow(s->flutter_by * live, 2)) + 0.5;
}

static void draw_abc(struct series *s)
{
	s->a = uniform(s, 0, 1);
	s->b = uniform(s, 0, 1);
	s->c = uniform(s, 0, 1);
}

static void draw_steps(struct series *s)
{
	draw_cuts(s, 6, 20, 0.02, 0.98);
}

static void draw_restarts(struct series *s)
{
	draw_cuts(s, 1, 3, 0.15, 0.85);
}

static void draw_one(struct series *s)
{
	draw_cuts(s, 1, 1, 0.1, 0.9);
}

static void draw_two(struct series *s)
{
	draw_cuts(s, 2, 2, 0.1, 0.9);
}

/* An even number of them, so that it ends as it began. */
static void draw_some(struct series *s)
{
	draw_cuts(s, 3, 9, 0.05, 0.95);
	draw_abc(s);
	s->n_cuts += s->n_cuts % 2;
	s->cuts[s->n_cuts - 1] = 0.97;
}

static void draw_midway(struct series *s)
{
	draw_abc(s);
	s->onset = 0.15 + 0.5 * s->a;
}

static void draw_churn(struct series *s)
{
	const double before = noise_of(s);

	s->rate *= 30;
	s->growth *= noise_of(s) / before;
	draw_abc(s);
}

static void draw_noisy(struct series *s)
{
	s->rate *= 20;
	s->growth = uniform(s, 1.5, 4) * noise_of(s);
}

static void draw_uncounted(struct series *s)
{
	draw_abc(s);
	s->counted = false;
	s->size = 4096;
}

static void draw_wraps(struct series *s)
{
	s->wraps = true;
	s->allocs = UINT32_MAX - (uint64_t)uniform(s, 0, s->rate * 50);
	s->frees = s->allocs;
}

static void leak_constant(struct series *s, struct step *step)
{
	step->leak = s->growth * s->du;
}

static void leak_bursty(struct series *s, struct step *step)
{
	const double p = fmax(0.06, 10 * s->du); /* some in the shortest run, or it is none */

	if (chance(s, p))
		step->leak = s->growth * s->du / p * 0.4 / sqrt(uniform(s, 0.02, 1));
}

static void walk_load(struct series *s, struct step *step)
{
	s->load_wander = s->load_wander * (1 - 8 * s->du) + sqrt(s->du) * 2 * normal(s);
	step->load = exp(0.6 * s->load_wander);
}

static void leak_per_event(struct series *s, struct step *step)
{
	walk_load(s, step);
	step->per_event = true;
	step->leak = s->growth * s->du / s->rate;
}

static void leak_under_sawtooth(struct series *s, struct step *step)
{
	step->leak = s->growth * s->du;
	step->extra = s->growth * (0.3 + s->a) * fmod(s->u * (3 + 12 * s->b) + s->c, 1);
}

static void leak_midway(struct series *s, struct step *step)
{
	if (s->u > s->onset)
		step->leak = s->growth * s->du;
}

static void leak_stairs(struct series *s, struct step *step)
{
	for (int i = 0; i < s->n_cuts; i++)
		if (comes(s, s->cuts[i]))
			step->leak += s->growth / s->n_cuts;
}

static void leak_restarts(struct series *s, struct step *step)
{
	step->leak = s->growth * s->du;
	for (int i = 0; i < s->n_cuts; i++)
		step->reset |= comes(s, s->cuts[i]);
}

static void leak_slowing(struct series *s, struct step *step)
{
	step->leak = s->growth * (pow(s->u, 0.6) - pow(s->u - s->du, 0.6));
}

static void leak_quickening(struct series *s, struct step *step)
{
	step->leak = s->growth * (s->u * s->u - (s->u - s->du) * (s->u - s->du));
}

static void leak_daily(struct series *s, struct step *step)
{
	step->load = 1 + 0.6 * sine(s->u, 2 + 4 * s->a, s->b);
	step->leak = s->growth * s->du;
}

static void leak_after_warm_up(struct series *s, struct step *step)
{
	step->extra = s->growth * (0.3 + s->a) * (1 - exp(-s->u / (0.03 + 0.1 * s->b)));
	step->leak = s->growth * s->du;
}

static void leak_with_gaps(struct series *s, struct step *step)
{
	step->leak = s->growth * s->du;
	step->missing =
		fmod(s->u * 5 + s->b, 1) < 0.15 + 0.3 * s->a && s->u > s->du && s->u < 1 - s->du;
}

static void leak_wandering(struct series *s, struct step *step)
{
	s->wander = s->wander * (1 - 3 * s->du) + sqrt(s->du) * 0.35 * s->growth * normal(s);
	step->extra = 2 * s->growth + s->wander;
	step->leak = s->growth * s->du;
}

static void leak_rising_load(struct series *s, struct step *step)
{
	step->load = 1 + s->a * s->u;
	step->leak = s->growth * s->du;
}

static void leak_part_freed(struct series *s, struct step *step)
{
	step->leak = s->growth * 1.4 * s->du;
	step->extra =
		s->growth * 3 - s->growth * 0.4 * floor(s->u * (3 + 4 * s->a)) / (3 + 4 * s->a);
}

static void leak_at_night(struct series *s, struct step *step)
{
	if (sine(s->u, 3 + 5 * s->a, s->b) > 0)
		step->leak = s->growth * s->du * 2;
}

static void flat_blips(struct series *s, struct step *step)
{
	if (chance(s, 0.03))
		step->extra = s->growth * uniform(s, 0, 1);
}

static void white_noise(struct series *s, struct step *step)
{
	step->extra = s->growth * uniform(s, 0, 1);
}

static void ar1(struct series *s, struct step *step)
{
	s->wander = s->wander * 0.9 + 0.2 * s->growth * normal(s);
	step->extra = 3 * s->growth + s->wander;
}

static void near_unit_root(struct series *s, struct step *step)
{
	s->wander = s->wander * (1 - 2 * s->du) + sqrt(s->du) * 0.5 * s->growth * normal(s);
	step->extra = 3 * s->growth + s->wander;
}

static void warm_up(struct series *s, struct step *step)
{
	step->extra = s->growth * (1 - exp(-s->u / (0.03 + 0.27 * s->a)));
}

static void log_warm_up(struct series *s, struct step *step)
{
	step->extra = s->growth * log(1 + s->u / (0.005 + 0.1 * s->a)) /
		log(1 + 1 / (0.005 + 0.1 * s->a));
}

static void steps_up(struct series *s, struct step *step)
{
	step->extra = s->growth * cuts_passed(s) / s->n_cuts;
}

static void steps_both(struct series *s, struct step *step)
{
	step->extra = s->growth * (0.2 + cuts_passed(s) % 2 * (0.5 + s->a));
}

static void ramp_plateau_drop(struct series *s, struct step *step)
{
	const double up = 0.2 + 0.3 * s->a, down = 0.7 + 0.25 * s->b;

	step->load = 1 +
		(s->u < up                    ? s->u / up
				: s->u < down ? 1
					      : fmax(0, 1 - (s->u - down) / 0.1));
	step->extra = s->growth * (step->load - 1);
}

static void sawtooth(struct series *s, struct step *step)
{
	step->extra = s->growth * fmod(s->u * (1.3 + 15 * s->a * s->a) + s->b, 1);
}

static void cache_fill(struct series *s, struct step *step)
{
	step->extra = s->growth * fmin(1, s->u / (0.15 + 0.7 * s->a));
}

static double load_of(const struct series *s)
{
	return 1 + s->growth / (s->rate * s->lifetime);
}

static void load_returns(struct series *s, struct step *step)
{
	step->load = 1 + (load_of(s) - 1) * pow(sin(TURN / 2 * s->u), 2);
}

static void load_rising(struct series *s, struct step *step)
{
	step->load = 1 + (load_of(s) - 1) * s->u;
}

static void load_daily(struct series *s, struct step *step)
{
	step->load = 1 + (load_of(s) - 1) * 0.5 * (1 + sine(s->u, 0.7 + 4 * s->a, s->b));
}

static void load_wanders(struct series *s, struct step *step)
{
	walk_load(s, step);
}

static void bursts_decay(struct series *s, struct step *step)
{
	if (chance(s, 0.02))
		s->burst += s->growth * 0.3 / sqrt(uniform(s, 0.05, 1));
	s->burst *= 1 - fmin(0.9, (20 + 60 * s->a) * s->du);
	step->extra = s->burst;
}

static void flat_resets(struct series *s, struct step *step)
{
	for (int i = 0; i < s->n_cuts; i++)
		step->reset |= comes(s, s->cuts[i]);
}

static void flat_gaps(struct series *s, struct step *step)
{
	step->missing =
		fmod(s->u * 5 + s->b, 1) < 0.15 + 0.3 * s->a && s->u > s->du && s->u < 1 - s->du;
}

static void decline(struct series *s, struct step *step)
{
	step->extra = s->growth * (1 - s->u);
}

static void one_pulse(struct series *s, struct step *step)
{
	step->extra = s->u > 0.3 * s->a + 0.2 && s->u < 0.6 + 0.35 * s->b ? s->growth : 0;
}

static void pages_wander(struct series *s, struct step *step)
{
	s->wander = s->wander * (1 - 6 * s->du) + sqrt(s->du) * s->growth * normal(s) * 0.5;
	step->extra = 3 * s->growth + s->wander;
}

static void cache_then_trim(struct series *s, struct step *step)
{
	step->extra = s->growth * (s->u < 0.45 + 0.4 * s->a ? s->u : s->u - 0.4 - 0.4 * s->b);
}

/* ---- shapes that no constant was fitted on ---- */

static void draw_pages(struct series *s)
{
	draw_uncounted(s);
	s->growth += 16;
}

static void leak_two_rates(struct series *s, struct step *step)
{
	step->leak = s->growth * s->du * (s->u < 0.2 + 0.6 * s->a ? 0.4 : 1.6);
}

/* A share of what a steady load allocates is lost. */
static void leak_share(struct series *s, struct step *step)
{
	step->per_event = true;
	step->leak = s->growth * s->du / s->rate;
}

static void leak_by_the_clock(struct series *s, struct step *step)
{
	const double times = 8 + floor(40 * s->a);

	if (floor(s->u * times) > floor((s->u - s->du) * times))
		step->leak = s->growth / times;
}

static void leak_while_busy(struct series *s, struct step *step)
{
	const bool busy = fmod(s->u * (4 + 6 * s->a) + s->b, 1) < 0.4;

	step->load = busy ? 2 : 0.7;
	step->leak = busy ? s->growth * s->du * 2.5 : 0;
}

static void leak_beside_shrinking(struct series *s, struct step *step)
{
	step->extra = s->growth * (0.2 + 0.4 * s->a) * (1 - fmin(1, s->u / (0.2 + 0.5 * s->b)));
	step->leak = s->growth * 1.5 * s->du;
}

static void leak_with_blips(struct series *s, struct step *step)
{
	if (chance(s, 0.04))
		step->extra = s->growth * uniform(s, 0.2, 0.8);
	step->leak = s->growth * s->du;
}

static void leak_at_wandering_rate(struct series *s, struct step *step)
{
	s->wander = s->wander * (1 - 5 * s->du) + sqrt(s->du) * 1.6 * normal(s);
	step->leak = s->growth * s->du * exp(s->wander) / 1.3;
}

static void leak_falling_load(struct series *s, struct step *step)
{
	step->load = 1.5 - s->a * s->u;
	step->leak = s->growth * 1.3 * s->du;
}

static void hyperbola(struct series *s, struct step *step)
{
	const double k = 0.02 + 0.2 * s->a;

	step->extra = s->growth * s->u / (s->u + k) * (1 + k);
}

static void warm_up_twice(struct series *s, struct step *step)
{
	const double later = s->u - 0.3 - 0.2 * s->b;

	step->extra = s->growth * 0.6 * (1 - exp(-s->u / (0.02 + 0.06 * s->a)));
	if (later > 0)
		step->extra += s->growth * 0.4 * (1 - exp(-later / (0.02 + 0.06 * s->c)));
}

/* Each thing is cached the first time it is asked for. */
static void collect(struct series *s, struct step *step)
{
	s->burst += poisson(s, (s->growth - s->burst) * (4 + 16 * s->a) * s->du);
	step->extra = s->burst;
}

static void fill_then_churn(struct series *s, struct step *step)
{
	s->wander = s->wander * 0.8 + 0.06 * s->growth * normal(s);
	step->extra = s->growth * fmin(1, s->u / (0.1 + 0.6 * s->a));
	step->extra = fmax(0, step->extra + s->wander);
}

static void load_ends_high(struct series *s, struct step *step)
{
	step->load = s->u < 0.2 + 0.6 * s->a ? 1 : load_of(s);
}

static void wander_slowly(struct series *s, struct step *step)
{
	s->wander = s->wander * (1 - 4 * s->du) + sqrt(s->du) * 0.8 * s->growth * normal(s);
	step->extra = 4 * s->growth + s->wander;
}

static void warm_up_anew(struct series *s, struct step *step)
{
	double since = s->u;

	for (int i = 0; i < s->n_cuts; i++) {
		step->reset |= comes(s, s->cuts[i]);
		if (s->u >= s->cuts[i] && s->u - s->cuts[i] < since)
			since = s->u - s->cuts[i];
	}
	step->extra = s->growth * (1 - exp(-since / 0.05));
}

static void rare_pulses(struct series *s, struct step *step)
{
	if (s->burst <= 0 && chance(s, 4 * s->du))
		s->burst = uniform(s, 0.02, 0.15);
	s->burst -= s->du;
	step->extra = s->burst > 0 ? s->growth : 0;
}

static void load_steps(struct series *s, struct step *step)
{
	step->load = 1 + (load_of(s) - 1) * (cuts_passed(s) % 2);
}

static const struct shape shapes[] = {
	{"leak-constant", LEAKS, NULL, leak_constant},
	{"leak-under-churn", LEAKS, draw_churn, leak_constant},
	{"leak-bursty", LEAKS, NULL, leak_bursty},
	{"leak-per-event", LEAKS, NULL, leak_per_event},
	{"leak-under-sawtooth", LEAKS, draw_abc, leak_under_sawtooth},
	{"leak-midway", LEAKS, draw_midway, leak_midway},
	{"leak-stairs", LEAKS, draw_steps, leak_stairs},
	{"leak-restarts", LEAKS, draw_restarts, leak_restarts},
	{"leak-in-noise", LEAKS, draw_noisy, leak_constant},
	{"leak-slowing", LEAKS, NULL, leak_slowing},
	{"leak-quickening", LEAKS, NULL, leak_quickening},
	{"leak-daily-load", LEAKS, draw_abc, leak_daily},
	{"leak-pages", LEAKS, draw_uncounted, leak_constant},
	{"leak-after-warm-up", LEAKS, draw_abc, leak_after_warm_up},
	{"leak-with-gaps", LEAKS, draw_abc, leak_with_gaps},
	{"leak-wandering", LEAKS, NULL, leak_wandering},
	{"leak-rising-load", LEAKS, draw_abc, leak_rising_load},
	{"leak-part-freed", LEAKS, draw_abc, leak_part_freed},
	{"leak-at-night", LEAKS, draw_abc, leak_at_night},
	{"flat", BENIGN, NULL, NULL},
	{"flat-blips", BENIGN, NULL, flat_blips},
	{"white-noise", BENIGN, NULL, white_noise},
	{"ar1", BENIGN, NULL, ar1},
	{"near-unit-root", BENIGN, NULL, near_unit_root},
	{"warm-up", BENIGN, draw_abc, warm_up},
	{"log-warm-up", BENIGN, draw_abc, log_warm_up},
	{"one-step", BENIGN, draw_one, steps_up},
	{"two-steps", BENIGN, draw_two, steps_up},
	{"steps-both-ways", BENIGN, draw_some, steps_both},
	{"ramp-plateau-drop", BENIGN, draw_abc, ramp_plateau_drop},
	{"sawtooth", BENIGN, draw_abc, sawtooth},
	{"cache-fill", BENIGN, draw_abc, cache_fill},
	{"load-returns", BENIGN, NULL, load_returns},
	{"load-rising", BENIGN, NULL, load_rising},
	{"load-daily", BENIGN, draw_abc, load_daily},
	{"load-wanders", BENIGN, NULL, load_wanders},
	{"bursts-decay", BENIGN, draw_abc, bursts_decay},
	{"flat-resets", BENIGN, draw_restarts, flat_resets},
	{"flat-wraps", BENIGN, draw_wraps, NULL},
	{"flat-gaps", BENIGN, draw_abc, flat_gaps},
	{"decline", BENIGN, NULL, decline},
	{"one-pulse", BENIGN, draw_abc, one_pulse},
	{"pages-wander", BENIGN, draw_uncounted, pages_wander},
	{"cache-then-trim", BENIGN, draw_abc, cache_then_trim},
	{"leak-two-rates", OTHER_LEAKS, draw_abc, leak_two_rates},
	{"leak-share", OTHER_LEAKS, NULL, leak_share},
	{"leak-by-the-clock", OTHER_LEAKS, draw_abc, leak_by_the_clock},
	{"leak-while-busy", OTHER_LEAKS, draw_abc, leak_while_busy},
	{"leak-beside-shrinking", OTHER_LEAKS, draw_abc, leak_beside_shrinking},
	{"leak-with-blips", OTHER_LEAKS, NULL, leak_with_blips},
	{"leak-wandering-rate", OTHER_LEAKS, NULL, leak_at_wandering_rate},
	{"leak-falling-load", OTHER_LEAKS, draw_abc, leak_falling_load},
	{"leak-pages-late", OTHER_LEAKS, draw_pages, leak_two_rates},
	{"hyperbola", OTHER_BENIGN, draw_abc, hyperbola},
	{"warm-up-twice", OTHER_BENIGN, draw_abc, warm_up_twice},
	{"collect", OTHER_BENIGN, draw_abc, collect},
	{"fill-then-churn", OTHER_BENIGN, draw_abc, fill_then_churn},
	{"load-ends-high", OTHER_BENIGN, draw_abc, load_ends_high},
	{"wander-slowly", OTHER_BENIGN, NULL, wander_slowly},
	{"warm-up-anew", OTHER_BENIGN, draw_restarts, warm_up_anew},
	{"rare-pulses", OTHER_BENIGN, NULL, rare_pulses},
	{"load-steps", OTHER_BENIGN, draw_some, load_steps},
	{"pages-fill", OTHER_BENIGN, draw_pages, cache_fill},
	{"steady", OTHER_BENIGN, NULL, NULL},
};

/* ---- series ---- */

static void begin(struct series *s, const struct shape *shape, int i, uint64_t seed)
{
	*s = (struct series){.shape = shape, .random = seed, .counted = true};
	for (int j = 0; j < 3; j++)
		(void)next_random(s);
	snprintf(s->tag, sizeof(s->tag), "T%04d-%08" PRIx64, i, next_random(s) >> 32);
	s->rate = log_uniform(s, 0.5, 300);
	s->lifetime = log_uniform(s, 0.3, 12);
	s->size = UINT64_C(16) << next_random(s) % 9;
	if (chance(s, 0.5))
		s->flutter_by = log_uniform(s, 0.02, 0.3);
	s->growth = noise_of(s) * log_uniform(s, 1.5, 60);
	if (s->growth < 4)
		s->growth = 4;
	s->allocs = (uint64_t)uniform(s, 0, 1e6);
	s->frees = s->allocs;
	if (shape->draw != NULL)
		shape->draw(s);
	s->live = floor(s->rate * s->lifetime);
	s->allocs += (uint64_t)s->live;
}

/* One step; false: no sample is taken of it. */
static bool advance(struct series *s, double u, double du)
{
	struct step step = {.load = 1};
	double made, freed, lost;
	uint64_t extra;

	s->u = u;
	s->du = du;
	if (s->shape->step != NULL)
		s->shape->step(s, &step);
	if (step.reset) {
		s->live = s->held = 0;
		s->allocs = s->frees = 0;
		s->extra = 0;
	}
	s->flutter = 0.9 * s->flutter + 0.44 * s->flutter_by * normal(s);
	made = poisson(s, s->rate * step.load * exp(s->flutter));
	freed = poisson(s, s->live / (s->lifetime + 0.5));
	freed = freed > s->live + made ? s->live + made : freed;
	s->live += made - freed;
	lost = step.per_event ? poisson(s, made * step.leak) : poisson(s, step.leak);
	s->held += lost;
	extra = step.extra > 0 ? (uint64_t)step.extra : 0;
	s->allocs += (uint64_t)(made + lost);
	s->frees += (uint64_t)freed;
	if (extra > s->extra)
		s->allocs += extra - s->extra;
	else
		s->frees += s->extra - extra;
	s->extra = extra;
	return !step.missing;
}

/* ---- the log ---- */

static void write_row(const struct series *s, const char *time, double uptime)
{
	const uint64_t diff = s->allocs - s->frees, bytes = diff * s->size;
	const uint64_t mask = s->wraps ? UINT32_MAX : UINT64_MAX;

	if (!s->counted) /* what a kernel shows that counts pages only, eight objects to each */
		printf("%s,%.3f,slab,%s,Unrecl,,,,%" PRIu64 ",,,\n", time, uptime, s->tag,
			(bytes / 8 + 4095) / 4096 * 4096);
	else
		printf("%s,%.3f,system,%s,Nonp,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
		       ",%" PRIu64 ",,\n",
			time, uptime, s->tag, s->allocs & mask, s->frees & mask, diff, bytes,
			diff == 0 ? 0 : bytes / diff);
}

static void write_time(char text[32], uint64_t ms)
{
	const uint64_t s = ms / 1000;

	snprintf(text, 32, "2026-01-%02u %02u:%02u:%02u.%03u", (unsigned)(s / 86400 % 31 + 1),
		(unsigned)(s / 3600 % 24), (unsigned)(s / 60 % 60), (unsigned)(s % 60),
		(unsigned)(ms % 1000));
}

static void write_log(struct series *series, int n, uint64_t samples, uint64_t every)
{
	puts("time,uptime_s,pool,tag,type,allocs,frees,diff,bytes,per_alloc,footprint,note");
	printf("2026-01-01 00:00:00.000,1000.000,event,start,,,,,,,,schema=poolmon-log/1 "
	       "host=made os=none boot_id=1 interval_s=%g\n",
		(double)every * INTERVAL_MS / 1000);
	for (uint64_t t = 0; t < samples; t++) {
		const double du = 1 / (double)samples, u = (double)(t + 1) / (double)samples;
		char time[32];

		write_time(time, t * INTERVAL_MS);
		for (int i = 0; i < n; i++) {
			if (advance(&series[i], u, du) && t % every == 0)
				write_row(
					&series[i], time, 1000 + (double)(t * INTERVAL_MS) / 1000);
		}
	}
}

/* ---- the program ---- */

static bool is_other(const struct shape *shape)
{
	return shape->kind == OTHER_BENIGN || shape->kind == OTHER_LEAKS;
}

static bool is_wanted(const struct shape *shape, char **names, int n)
{
	for (int i = 0; i < n; i++) {
		if (strcmp(names[i], shape->name) == 0 ||
			(strcmp(names[i], "others") == 0 && is_other(shape)))
			return true;
	}
	return n == 0 && !is_other(shape);
}

enum { N_SHAPES = sizeof(shapes) / sizeof(shapes[0]) };

/* Draws series of the shapes that are named, of all that constants were fitted on if none is.
 * Returns how many. */
static int begin_all(struct series *series, int per_shape, uint64_t seed, char **names, int n_names)
{
	int n = 0;

	for (int i = 0; i < N_SHAPES; i++) {
		if (!is_wanted(&shapes[i], names, n_names))
			continue;
		for (int j = 0; j < per_shape; j++) {
			begin(&series[n], &shapes[i], n,
				seed * 1000003 + (uint64_t)i * 8191 + (uint64_t)j);
			n++;
		}
	}
	return n;
}

static bool is_leak(const struct shape *shape)
{
	return shape->kind == LEAKS || shape->kind == OTHER_LEAKS;
}

static bool write_truth(const char *path, const struct series *series, int n)
{
	FILE *truth = fopen(path, "w");

	if (truth == NULL)
		return false;
	fputs("pool\ttag\ttype\tlabel\tshape\tonset\n", truth);
	for (int i = 0; i < n; i++)
		fprintf(truth, "%s\t%s\t%s\t%d\t%s\t%.3f\n", series[i].counted ? "system" : "slab",
			series[i].tag, series[i].counted ? "Nonp" : "Unrecl",
			is_leak(series[i].shape), series[i].shape->name, series[i].onset);
	return fclose(truth) == 0;
}

static uint64_t number(const char *text)
{
	return strtoull(text, NULL, 10);
}

int main(int argc, char **argv)
{
	uint64_t every = 1, samples;
	struct series *series;
	int n, per_shape;

	if (argc > 2 && strcmp(argv[1], "--every") == 0) {
		every = number(argv[2]);
		argc -= 2;
		argv += 2;
	}
	samples = argc > 4 ? number(argv[1]) : 0;
	per_shape = argc > 4 ? atoi(argv[2]) : 0;
	if (samples < 2 || samples > SAMPLES_MAX || per_shape < 1 || every < 1) {
		fputs("usage: make-labelled [--every N] SAMPLES PER_SHAPE SEED TRUTH [SHAPE...]\n",
			stderr);
		return 2;
	}
	series = calloc((size_t)per_shape * N_SHAPES, sizeof(*series));
	if (series == NULL)
		return 4;
	n = begin_all(series, per_shape, number(argv[3]), argv + 5, argc - 5);
	if (n == 0 || !write_truth(argv[4], series, n)) {
		fprintf(stderr, "make-labelled: no such shape, or %s can't be written\n", argv[4]);
		free(series);
		return 4;
	}
	write_log(series, n, samples, every);
	free(series);
	return ferror(stdout) || fflush(stdout) != 0 ? 4 : 0;
}
