/* SPDX-License-Identifier: MIT */
/*
 * Writes a log of series that leak and series that do not, the same ones for the same arguments:
 *
 *   make-labelled SAMPLES PER_SHAPE SEED TRUTH [SHAPE...]     the log to standard output, as CSV
 *
 * and which is which to the file TRUTH: pool, tag, type, 1 or 0, shape.
 *
 * A series is a pool of objects that come at a rate and live for a while (so its noise hangs together
 * over a lifetime), to which its shape adds what happens: see `shapes`. Growth is sized by the noise of
 * the series itself, from 1.5 to 60 standard deviations.
 */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INTERVAL_MS = 5000, CUTS_MAX = 24 };

struct series {
	const struct shape *shape;
	uint64_t random;
	char tag[24];
	double rate, lifetime; /* of ordinary objects: a sample, samples */
	double growth;         /* objects that the shape is about */
	double a, b, c;        /* of the shape, drawn at the beginning */
	double cuts[CUTS_MAX]; /* moments, 0 to 1 */
	int n_cuts;
	uint64_t size;
	bool counted, wraps;
	/* state */
	double live, held, wander, load_wander, burst;
	uint64_t allocs, frees;
	uint64_t last_extra;
	double u_before;
};

/* What a shape does at u (0 to 1) in a step of du. */
struct step {
	double load;  /* factor on the rate */
	double leak;  /* objects lost in this step */
	double extra; /* objects held beside: a cache, a phase */
	bool per_event; /* leak is a probability for each allocation */
	bool reset;   /* counters and objects start anew */
	bool missing; /* no sample */
};

struct shape {
	const char *name;
	bool leaks;
	void (*draw)(struct series *series);
	void (*step)(struct series *series, double u, double du, struct step *step);
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
	return sqrt(-2 * log(uniform(series, 1e-300, 1))) *
		cos(6.283185307179586 * uniform(series, 0, 1));
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
	return sin(6.283185307179586 * (u * periods + phase));
}

static bool crossed(double u, double du, double at)
{
	return u >= at && u - du < at;
}

static void draw_cuts(struct series *series, int from, int to, double first, double last)
{
	series->n_cuts = (int)floor(uniform(series, from, to + 1));
	for (int i = 0; i < series->n_cuts; i++)
		series->cuts[i] = uniform(series, first, last);
}

static int cuts_passed(const struct series *series, double u)
{
	int n = 0;

	for (int i = 0; i < series->n_cuts; i++)
		n += u >= series->cuts[i];
	return n;
}

/* ---- shapes ---- */

static void draw_nothing(struct series *s) { (void)s; }
static void draw_abc(struct series *s)
{
	s->a = uniform(s, 0, 1);
	s->b = uniform(s, 0, 1);
	s->c = uniform(s, 0, 1);
}
static void draw_steps(struct series *s) { draw_cuts(s, 6, 20, 0.02, 0.98); }
static void draw_restarts(struct series *s) { draw_cuts(s, 1, 3, 0.15, 0.85); }
static void draw_one(struct series *s) { draw_cuts(s, 1, 1, 0.1, 0.9); }
static void draw_two(struct series *s) { draw_cuts(s, 2, 2, 0.1, 0.9); }
static void draw_some(struct series *s) { draw_cuts(s, 3, 9, 0.05, 0.95); draw_abc(s); s->n_cuts += s->n_cuts % 2; s->cuts[s->n_cuts - 1] = 0.97; }
static void draw_churn(struct series *s) { s->rate *= 30; draw_abc(s); }
static void draw_noisy(struct series *s) { s->rate *= 20; s->growth = 0; s->growth = uniform(s, 1.5, 4) * sqrt(s->rate * s->lifetime); }
static void draw_uncounted(struct series *s) { draw_abc(s); s->counted = false; s->size = 4096; }
static void draw_wraps(struct series *s)
{
	s->wraps = true;
	s->allocs = UINT32_MAX - (uint64_t)uniform(s, 0, s->rate * 50);
	s->frees = s->allocs;
}

#define STEP(name) static void name(struct series *s, double u, double du, struct step *step)
#define UNUSED (void)s, (void)u, (void)du, (void)step

STEP(leak_constant) { UNUSED; step->leak = s->growth * du; }
STEP(leak_bursty)
{
	UNUSED;
	if (chance(s, 0.06))
		step->leak = s->growth * du / 0.06 * 0.4 / sqrt(uniform(s, 0.02, 1));
}
static void walk_load(struct series *s, double du, struct step *step)
{
	s->load_wander = s->load_wander * (1 - 8 * du) + sqrt(du) * 2 * normal(s);
	step->load = exp(0.6 * s->load_wander);
}
STEP(leak_per_event)
{
	UNUSED;
	walk_load(s, du, step);
	step->per_event = true;
	step->leak = s->growth * du / s->rate;
}
STEP(leak_under_sawtooth)
{
	UNUSED;
	step->leak = s->growth * du;
	step->extra = s->growth * (0.3 + s->a) * fmod(u * (3 + 12 * s->b) + s->c, 1);
}
STEP(leak_midway) { UNUSED; if (u > 0.15 + 0.5 * s->a) step->leak = s->growth * du; }
STEP(leak_stairs)
{
	UNUSED;
	for (int i = 0; i < s->n_cuts; i++)
		if (crossed(u, du, s->cuts[i]))
			step->leak += s->growth / s->n_cuts;
}
STEP(leak_restarts)
{
	UNUSED;
	step->leak = s->growth * du;
	for (int i = 0; i < s->n_cuts; i++)
		step->reset |= crossed(u, du, s->cuts[i]);
}
STEP(leak_slowing) { UNUSED; step->leak = s->growth * (pow(u, 0.6) - pow(u - du, 0.6)); }
STEP(leak_quickening) { UNUSED; step->leak = s->growth * (u * u - (u - du) * (u - du)); }
STEP(leak_daily) { UNUSED; step->load = 1 + 0.6 * sine(u, 2 + 4 * s->a, s->b); step->leak = s->growth * du; }
STEP(leak_after_warm_up)
{
	UNUSED;
	step->extra = s->growth * (0.3 + s->a) * (1 - exp(-u / (0.03 + 0.1 * s->b)));
	step->leak = s->growth * du;
}
STEP(leak_with_gaps)
{
	UNUSED;
	step->leak = s->growth * du;
	step->missing = fmod(u * 5 + s->b, 1) < 0.15 + 0.3 * s->a && u > du && u < 1 - du;
}
STEP(leak_wandering)
{
	UNUSED;
	s->wander = s->wander * (1 - 3 * du) + sqrt(du) * 0.35 * s->growth * normal(s);
	step->extra = 2 * s->growth + s->wander;
	step->leak = s->growth * du;
}
STEP(leak_rising_load)
{
	UNUSED;
	step->load = 0.5 + u;
	step->leak = s->growth * du;
}
STEP(leak_part_freed)
{
	UNUSED;
	step->leak = s->growth * 1.4 * du;
	step->extra = s->growth * 3 - s->growth * 0.4 * floor(u * (3 + 4 * s->a)) / (3 + 4 * s->a);
}
STEP(leak_at_night)
{
	UNUSED;
	if (sine(u, 3 + 5 * s->a, s->b) > 0)
		step->leak = s->growth * du * 2;
}

STEP(flat) { UNUSED; }
STEP(flat_blips) { UNUSED; if (chance(s, 0.03)) step->extra = s->growth * uniform(s, 0, 1); }
STEP(white) { UNUSED; step->extra = s->growth * uniform(s, 0, 1); }
STEP(ar1)
{
	UNUSED;
	s->wander = s->wander * 0.9 + 0.2 * s->growth * normal(s);
	step->extra = 3 * s->growth + s->wander;
}
STEP(near_unit_root)
{
	UNUSED;
	s->wander = s->wander * (1 - 2 * du) + sqrt(du) * 0.5 * s->growth * normal(s);
	step->extra = 3 * s->growth + s->wander;
}
STEP(warm_up) { UNUSED; step->extra = s->growth * (1 - exp(-u / (0.03 + 0.27 * s->a))); }
STEP(log_warm_up) { UNUSED; step->extra = s->growth * log(1 + u / (0.005 + 0.1 * s->a)) / log(1 + 1 / (0.005 + 0.1 * s->a)); }
STEP(steps_up) { UNUSED; step->extra = s->growth * cuts_passed(s, u) / s->n_cuts; }
STEP(steps_both) { UNUSED; step->extra = s->growth * (0.2 + cuts_passed(s, u) % 2 * (0.5 + s->a) ); }
STEP(ramp_plateau_drop)
{
	UNUSED;
	const double up = 0.2 + 0.3 * s->a, down = 0.7 + 0.25 * s->b;

	step->load = 1 + (u < up ? u / up : u < down ? 1 : fmax(0, 1 - (u - down) / 0.1));
	step->extra = s->growth * (step->load - 1);
}
STEP(sawtooth) { UNUSED; step->extra = s->growth * fmod(u * (1.3 + 15 * s->a * s->a) + s->b, 1); }
STEP(cache_fill) { UNUSED; step->extra = s->growth * fmin(1, u / (0.15 + 0.7 * s->a)); }
static double load_of(const struct series *s) { return 1 + s->growth / (s->rate * s->lifetime); }
STEP(load_returns) { UNUSED; step->load = 1 + (load_of(s) - 1) * pow(sin(3.14159265 * u), 2); }
STEP(load_rising) { UNUSED; step->load = 1 + (load_of(s) - 1) * u; }
STEP(load_daily) { UNUSED; step->load = 1 + (load_of(s) - 1) * 0.5 * (1 + sine(u, 0.7 + 4 * s->a, s->b)); }
STEP(load_wanders)
{
	UNUSED;
	walk_load(s, du, step);
}
STEP(bursts_decay)
{
	UNUSED;
	if (chance(s, 0.02))
		s->burst += s->growth * 0.3 / sqrt(uniform(s, 0.05, 1));
	s->burst *= 1 - fmin(0.9, (20 + 60 * s->a) * du);
	step->extra = s->burst;
}
STEP(flat_resets)
{
	UNUSED;
	for (int i = 0; i < s->n_cuts; i++)
		step->reset |= crossed(u, du, s->cuts[i]);
}
STEP(flat_gaps)
{
	UNUSED;
	step->missing = fmod(u * 5 + s->b, 1) < 0.15 + 0.3 * s->a && u > du && u < 1 - du;
}
STEP(decline) { UNUSED; step->extra = s->growth * (1 - u); }
STEP(one_pulse) { UNUSED; step->extra = u > 0.3 * s->a + 0.2 && u < 0.6 + 0.35 * s->b ? s->growth : 0; }
STEP(pages_wander)
{
	UNUSED;
	s->wander = s->wander * (1 - 6 * du) + sqrt(du) * s->growth * normal(s) * 0.5;
	step->extra = 3 * s->growth + s->wander;
}
STEP(cache_then_trim) { UNUSED; step->extra = s->growth * (u < 0.45 + 0.4 * s->a ? u : u - 0.4 - 0.4 * s->b); }

static const struct shape shapes[] = {
	{"leak-constant", true, draw_nothing, leak_constant},
	{"leak-under-churn", true, draw_churn, leak_constant},
	{"leak-bursty", true, draw_nothing, leak_bursty},
	{"leak-per-event", true, draw_nothing, leak_per_event},
	{"leak-under-sawtooth", true, draw_abc, leak_under_sawtooth},
	{"leak-midway", true, draw_abc, leak_midway},
	{"leak-stairs", true, draw_steps, leak_stairs},
	{"leak-restarts", true, draw_restarts, leak_restarts},
	{"leak-in-noise", true, draw_noisy, leak_constant},
	{"leak-slowing", true, draw_nothing, leak_slowing},
	{"leak-quickening", true, draw_nothing, leak_quickening},
	{"leak-daily-load", true, draw_abc, leak_daily},
	{"leak-pages", true, draw_uncounted, leak_constant},
	{"leak-after-warm-up", true, draw_abc, leak_after_warm_up},
	{"leak-with-gaps", true, draw_abc, leak_with_gaps},
	{"leak-wandering", true, draw_nothing, leak_wandering},
	{"leak-rising-load", true, draw_nothing, leak_rising_load},
	{"leak-part-freed", true, draw_abc, leak_part_freed},
	{"leak-at-night", true, draw_abc, leak_at_night},
	{"flat", false, draw_nothing, flat},
	{"flat-blips", false, draw_nothing, flat_blips},
	{"white-noise", false, draw_nothing, white},
	{"ar1", false, draw_nothing, ar1},
	{"near-unit-root", false, draw_nothing, near_unit_root},
	{"warm-up", false, draw_abc, warm_up},
	{"log-warm-up", false, draw_abc, log_warm_up},
	{"one-step", false, draw_one, steps_up},
	{"two-steps", false, draw_two, steps_up},
	{"steps-both-ways", false, draw_some, steps_both},
	{"ramp-plateau-drop", false, draw_abc, ramp_plateau_drop},
	{"sawtooth", false, draw_abc, sawtooth},
	{"cache-fill", false, draw_abc, cache_fill},
	{"load-returns", false, draw_nothing, load_returns},
	{"load-rising", false, draw_nothing, load_rising},
	{"load-daily", false, draw_abc, load_daily},
	{"load-wanders", false, draw_nothing, load_wanders},
	{"bursts-decay", false, draw_abc, bursts_decay},
	{"flat-resets", false, draw_restarts, flat_resets},
	{"flat-wraps", false, draw_wraps, flat},
	{"flat-gaps", false, draw_abc, flat_gaps},
	{"decline", false, draw_nothing, decline},
	{"one-pulse", false, draw_abc, one_pulse},
	{"pages-wander", false, draw_uncounted, pages_wander},
	{"cache-then-trim", false, draw_abc, cache_then_trim},
};

/* ---- series ---- */

static void begin(struct series *s, const struct shape *shape, int i, uint64_t seed)
{
	double sd;

	*s = (struct series){.shape = shape, .random = seed, .counted = true};
	for (int j = 0; j < 3; j++)
		(void)next_random(s);
	snprintf(s->tag, sizeof(s->tag), "T%04d-%08" PRIx64, i, next_random(s) >> 32);
	s->rate = log_uniform(s, 0.5, 300);
	s->lifetime = log_uniform(s, 0.3, 12);
	s->size = UINT64_C(16) << next_random(s) % 9;
	sd = sqrt(s->rate * s->lifetime) + 0.5;
	s->growth = sd * log_uniform(s, 1.5, 60);
	if (s->growth < 4)
		s->growth = 4;
	s->allocs = (uint64_t)uniform(s, 0, 1e6);
	s->frees = s->allocs;
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

	s->shape->step(s, u, du, &step);
	if (step.reset) {
		s->live = s->held = 0;
		s->allocs = s->frees = 0;
		s->last_extra = 0;
	}
	made = poisson(s, s->rate * step.load);
	freed = poisson(s, s->live / (s->lifetime + 0.5));
	freed = freed > s->live + made ? s->live + made : freed;
	s->live += made - freed;
	lost = step.per_event ? poisson(s, made * step.leak) : poisson(s, step.leak);
	s->held += lost;
	extra = step.extra > 0 ? (uint64_t)step.extra : 0;
	s->allocs += (uint64_t)(made + lost);
	s->frees += (uint64_t)freed;
	if (extra > s->last_extra)
		s->allocs += extra - s->last_extra;
	else
		s->frees += s->last_extra - extra;
	s->last_extra = extra;
	return !step.missing;
}

static void write_row(const struct series *s, const char *time, double uptime)
{
	const uint64_t diff = s->allocs - s->frees, bytes = diff * s->size;

	if (!s->counted) /* what a kernel shows that counts pages only */
		printf("%s,%.3f,slab,%s,Unrecl,,,,%" PRIu64 ",,,\n", time, uptime, s->tag,
			(bytes / 8 + 4095) / 4096 * 4096);
	else
		printf("%s,%.3f,system,%s,Nonp,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
		       ",%" PRIu64 ",,\n",
			time, uptime, s->tag, s->wraps ? s->allocs & UINT32_MAX : s->allocs,
			s->wraps ? s->frees & UINT32_MAX : s->frees, diff, bytes,
			diff == 0 ? 0 : bytes / diff);
}

static void write_time(char text[32], uint64_t ms)
{
	const uint64_t day = ms / 86400000, s = ms / 1000;

	/* 2026-01-01 on; a month has 31 days at most, so the longest log (30,000 samples) fits */
	snprintf(text, 32, "2026-01-%02u %02u:%02u:%02u.%03u", (unsigned)(day % 31 + 1),
		(unsigned)(s / 3600 % 24), (unsigned)(s / 60 % 60), (unsigned)(s % 60),
		(unsigned)(ms % 1000));
}

static bool is_wanted(const struct shape *shape, char **names, int n)
{
	for (int i = 0; i < n; i++) {
		if (strcmp(names[i], shape->name) == 0)
			return true;
	}
	return n == 0;
}

int main(int argc, char **argv)
{
	const uint64_t samples = argc > 4 ? strtoull(argv[1], NULL, 10) : 0;
	const int per_shape = argc > 4 ? atoi(argv[2]) : 0;
	const uint64_t seed = argc > 4 ? strtoull(argv[3], NULL, 10) : 0;
	FILE *truth = argc > 4 ? fopen(argv[4], "w") : NULL;
	struct series *series;
	int n = 0;

	if (truth == NULL || samples < 2 || samples > 500000 || per_shape < 1) {
		fprintf(stderr, "usage: make-labelled SAMPLES PER_SHAPE SEED TRUTH [SHAPE...]\n");
		return 2;
	}
	series = calloc((size_t)per_shape * sizeof(shapes) / sizeof(shapes[0]), sizeof(*series));
	if (series == NULL)
		return 4;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		for (int j = 0; j < per_shape; j++) {
			struct series *s = &series[n];

			if (!is_wanted(&shapes[i], argv + 5, argc - 5))
				continue;
			begin(s, &shapes[i], n++, seed * 1000003 + i * 8191 + (uint64_t)j);
			fprintf(truth, "%s\t%s\t%s\t%d\t%s\n", s->counted ? "system" : "slab", s->tag,
				s->counted ? "Nonp" : "Unrecl", shapes[i].leaks, shapes[i].name);
		}
	}
	fclose(truth);
	puts("time,uptime_s,pool,tag,type,allocs,frees,diff,bytes,per_alloc,footprint,note");
	printf("2026-01-01 00:00:00.000,1000.000,event,start,,,,,,,,schema=poolmon-log/1 host=made os=none "
	       "boot_id=1 interval_s=5\n");
	for (uint64_t t = 0; t < samples; t++) {
		char time[32];

		write_time(time, t * INTERVAL_MS);
		for (int i = 0; i < n; i++) {
			if (advance(&series[i], (double)(t + 1) / (double)samples, 1 / (double)samples))
				write_row(&series[i], time, 1000 + (double)(t * INTERVAL_MS) / 1000);
		}
	}
	free(series);
	return ferror(stdout) || fflush(stdout) != 0 ? 4 : 0;
}
