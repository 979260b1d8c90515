/* SPDX-License-Identifier: MIT */
/*
 * Tests of slopes: Student's t, random-effects meta-analysis, false-discovery control. Results are
 * the same bits on every platform: nothing here calls a function of the C library that may round
 * differently elsewhere.
 */
#ifndef POOLMON_ANALYZE_STATISTICS_H
#define POOLMON_ANALYZE_STATISTICS_H

#include <stddef.h>

/* A figure and how sure it is. */
struct pm_estimate {
	double value;
	double error;   /* standard error, greater than 0 */
	double freedom; /* degrees of freedom behind the error, at least 1 */
};

/* The chance that Student's t with so many degrees of freedom (at least 1) is further from 0 than t
 * is, on either side. 0 where it is below 1e-290. */
double pm_t_tails(double t, double freedom);

/* How far t stays from 0 in 95 of 100 cases: 12.706 with one degree of freedom, 1.960 with many. */
double pm_t_limit(double freedom);

/*
 * What at[n], n >= 1, say together, each having a true value of its own around a common one
 * (DerSimonian and Laird, Meta-analysis in clinical trials, 1986). With n > 1 there are n - 1
 * degrees of freedom (Follmann and Proschan, Valid inference in random effects meta-analysis,
 * 1999): that is how well tau is known. Two or three estimates that agree may do so by chance, and
 * were their own degrees of freedom taken then, 1 in 60 differences would be found at p = 0.0001.
 */
struct pm_pooled {
	struct pm_estimate estimate;
	double tau;       /* standard deviation of the true values; 0 with n == 1 */
	double i_squared; /* share of the variation that chance does not explain (Higgins 2003) */
};
struct pm_pooled pm_pool(const struct pm_estimate *at, size_t n);

/* a - b, of independent estimates; degrees of freedom after Welch and Satterthwaite. b NULL: a. */
struct pm_estimate pm_estimate_minus(const struct pm_estimate *a, const struct pm_estimate *b);

/* From p-values p[n], smallest first, to the smallest false discovery rate at which each would
 * still be called a discovery, in place (Benjamini and Hochberg 1995). */
void pm_adjust_p(double *p, size_t n);

#endif
