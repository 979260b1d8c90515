/* SPDX-License-Identifier: MIT */
/* Functions of real numbers that give the same bits everywhere, which those of the C library do
 * not; made of +, -, * and / alone. The error is below 4e-15, and below 4e-15 of the value where
 * that is more. */
#ifndef POOLMON_BASE_REAL_H
#define POOLMON_BASE_REAL_H

double pm_log(double x); /* natural; x > 0, else a large negative number */
double pm_exp(double x); /* x beyond +-700 is cut to that */
double pm_asinh(double x);

#endif
