/* SPDX-License-Identifier: MIT */
/*
 * The gate: whether findings may pass, by rules that the user gives. For CI.
 *
 * - rules: a worst verdict allowed of what grew by so much, and budgets (TAG<=1MiB/h); a finding
 *   that breaks any fails
 * - baseline: an earlier report; what broke the same rule there, and is no worse now, is known
 * - suppressions: patterns with a reason and perhaps a last day; what they match does not fail
 *
 * Uncertainty counts for the finding: over a rate is what is so with its lower 95 % bound, and
 * worse than before what differs by more than both uncertainties together, and by more than a
 * tenth, as no two recordings of a machine are alike. "Today" is the last moment of the recording,
 * not the clock: the same log and rules give the same result on any day.
 */
#ifndef POOLMON_GATE_H
#define POOLMON_GATE_H

#include <poolmon/findings.h>

/* What the gate says of a finding. */
#define PM_GATE_OUTCOMES(X)                                                                        \
	X(NONE, "", "no rule looked at it")                                                        \
	X(PASS, "pass", "it breaks no rule")                                                       \
	X(UNSURE, "unsure", "it may break one: the samples do not tell; passes")                   \
	X(KNOWN, "known", "it breaks one, as it did in the baseline; passes")                      \
	X(SUPPRESSED, "suppressed", "it breaks one, and is suppressed; passes")                    \
	X(FAIL, "fail", "it breaks one")

#define PM_GATE_ENUM(id, name, what) PM_GATE_##id,
enum pm_gate_outcome { PM_GATE_OUTCOMES(PM_GATE_ENUM) PM_N_GATE_OUTCOMES };
#undef PM_GATE_ENUM

PM_API const char *pm_gate_outcome_name(enum pm_gate_outcome outcome);
PM_API bool pm_gate_outcome_of_name(const char *name, enum pm_gate_outcome *outcome);

struct pm_gate;

/* A gate without rules, which every finding passes. PM_E_MEMORY. */
PM_API PM_MUST_USE enum pm_status pm_gate_create(struct pm_gate **gate, struct pm_error *err);
PM_API void pm_gate_destroy(struct pm_gate *gate);

/* Fails what has this verdict or a worse one. */
PM_API void pm_gate_fail_on(struct pm_gate *gate, enum pm_verdict verdict);

/* Lets pass, whatever their verdict, those of whose bytes there are not at least so many more in
 * the end than in the beginning; budgets hold for them as well. 0: none, which is so without.
 * In the minutes of a test much grows by some pages that would settle in hours. */
PM_API void pm_gate_set_min_growth(struct pm_gate *gate, uint64_t bytes);

/*
 * Fails what is over a budget: "SELECTOR<=AMOUNT[/PERIOD]".
 *   SELECTOR  [POOL/][TYPE/]PATTERN, the pattern as for pm_pattern_matches()
 *   AMOUNT    "1.5 MiB", a size as pm_size_parse() takes it, or "100 objects"
 *   PERIOD    s, min, h or d; without one the amount is of the last sample
 * PM_E_ARGUMENT: it is none; column says where, message and remedy what. PM_E_MEMORY.
 */
PM_API PM_MUST_USE enum pm_status pm_gate_add_budget(
	struct pm_gate *gate, const char *expression, struct pm_error *err);

/*
 * Takes the text[n] of a file of suppressions, `name` for messages; may be called for several. A
 * line is empty, a comment that `#` begins, or "SELECTOR [until=YYYY-MM-DD] REASON", which holds to
 * the end of that day (UTC). PM_E_INPUT: a line is none of these; no line of the text counts then.
 * PM_E_MEMORY.
 */
PM_API PM_MUST_USE enum pm_status pm_gate_add_suppressions(
	struct pm_gate *gate, const char *name, const char *text, size_t n, struct pm_error *err);

/*
 * Takes the text[n] of an earlier JSON report for the baseline, in place of one given before. Series
 * are the same where pool, tag and type are; the host counts only where the log or the baseline has
 * several. PM_E_INPUT: it is no such report; PM_E_UNSUPPORTED: of another version; PM_E_MEMORY.
 */
PM_API PM_MUST_USE enum pm_status pm_gate_set_baseline(
	struct pm_gate *gate, const char *name, const char *text, size_t n, struct pm_error *err);

/* Decides on all findings. PM_E_MEMORY. Time is O(findings x (budgets + suppressions)). */
PM_API PM_MUST_USE enum pm_status pm_gate_decide(struct pm_gate *gate,
	const struct pm_findings *findings, const struct pm_trends *trends, struct pm_error *err);

/* After that, for findings->at[i]; the reason is "" for NONE and PASS, and belongs to the gate. */
struct pm_gate_result {
	enum pm_gate_outcome outcome;
	const char *reason;
};
PM_API struct pm_gate_result pm_gate_result(const struct pm_gate *gate, size_t i);

/* How many findings have an outcome. */
PM_API size_t pm_gate_count(const struct pm_gate *gate, enum pm_gate_outcome outcome);

/* How many budgets are for no tag that there is: misspelt, perhaps. */
PM_API size_t pm_gate_unused_budgets(const struct pm_gate *gate);

/* What to say of rules of no use: budgets that no tag is held against, suppressions that are
 * expired or suppressed nothing. i from 0 on, in their order, to the first false. Fills *err with
 * the file and line (of a budget, in place of the file, the expression), message and remedy. */
PM_API bool pm_gate_remark(const struct pm_gate *gate, size_t i, struct pm_error *err);

#endif
