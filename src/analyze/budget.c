/* SPDX-License-Identifier: MIT */
#include "analyze/budget.h"
#include "base/fail.h"
#include "base/number.h"
#include "base/when.h"

static const char remedy[] = "write it like 'dentry<=1MiB/h', 'slab/*<=100 objects/min' or "
			     "'kmalloc-*<=64MiB'";

static struct pm_span trim(struct pm_span span)
{
	while (span.n > 0 && (*span.at == ' ' || *span.at == '\t')) {
		span.at++;
		span.n--;
	}
	while (span.n > 0 && (span.at[span.n - 1] == ' ' || span.at[span.n - 1] == '\t'))
		span.n--;
	return span;
}

static struct pm_span run_of(struct pm_span span, bool (*is)(char c))
{
	size_t n = 0;

	while (n < span.n && is(span.at[n]))
		n++;
	return (struct pm_span){span.at, n};
}

static bool is_of_number(char c)
{
	return (c >= '0' && c <= '9') || c == '.';
}

static bool is_of_unit(char c)
{
	return c != '/' && c != ' ' && c != '\t';
}

static struct pm_span behind(struct pm_span all, struct pm_span part)
{
	const size_t n = (size_t)(part.at + part.n - all.at);

	return trim((struct pm_span){all.at + n, all.n - n});
}

/* Pieces of an expression are all parts of its text: where one begins is its column. */
static enum pm_status refuse(
	struct pm_error *err, const char *expression, struct pm_span piece, const char *wanted)
{
	if (piece.n == 0)
		(void)pm_fail(err, PM_E_ARGUMENT, "there should be %s, but it ends", wanted);
	else
		(void)pm_fail(err, PM_E_ARGUMENT, "there should be %s, but '%.*s'", wanted,
			piece.n < 40 ? (int)piece.n : 40, piece.at);
	pm_error_where(err, NULL, 0, (uint64_t)(piece.at - expression) + 1);
	pm_error_remedy(err, "%s", remedy);
	return PM_E_ARGUMENT;
}

static bool parse_count(struct pm_span number, double *count)
{
	int64_t thousandths;

	if (pm_seconds_parse(number.at, number.n, &thousandths) != PM_NUMBER_OK)
		return false;
	*count = (double)thousandths / 1000;
	return true;
}

static bool parse_size(struct pm_span number, struct pm_span unit, double *size)
{
	char memory[64];
	struct pm_buf text;
	uint64_t bytes;

	pm_buf_init_fixed(&text, memory, sizeof(memory));
	pm_buf_add(&text, number.at, number.n);
	pm_buf_add(&text, unit.at, unit.n);
	if (text.failed || !pm_size_parse(text.at, text.n, &bytes))
		return false;
	*size = (double)bytes;
	return true;
}

static enum pm_status refuse_amount(struct pm_error *err, const char *expression,
	struct pm_span amount, struct pm_span number, bool objects)
{
	int64_t thousandths;
	const bool too_much = objects
		? pm_seconds_parse(number.at, number.n, &thousandths) == PM_NUMBER_RANGE
		: pm_size_is_too_large(amount.at, amount.n);

	return refuse(err, expression, amount,
		too_much ? "an amount that is not too large"
			 : "an amount like 1MiB or '100 objects'");
}

static bool parse_period(struct pm_span period, struct pm_budget *budget)
{
	static const struct {
		const char *name;
		double per_hour;
	} periods[] = {{"s", 3600}, {"min", 60}, {"m", 60}, {"h", 1}, {"d", 1.0 / 24}};

	for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
		if (pm_span_is(period, periods[i].name)) {
			budget->period = periods[i].name;
			budget->per_hour = periods[i].per_hour;
			return true;
		}
	}
	return false;
}

/* What stands behind "<=". */
static enum pm_status parse_amount(struct pm_budget *budget, const char *expression,
	struct pm_span amount, struct pm_error *err)
{
	const struct pm_span number = run_of(amount, is_of_number);
	const struct pm_span unit = run_of(behind(amount, number), is_of_unit);
	const struct pm_span slash = behind(amount, unit);
	const bool objects = pm_span_is(unit, "objects") || pm_span_is(unit, "object");
	const bool rate = slash.n > 0;
	double limit;

	if (number.n == 0)
		return refuse(err, expression, amount, "a number");
	if (unit.n == 0)
		return refuse(err, expression, slash, "a unit: B, KiB, MiB, GiB or objects");
	if (!(objects ? parse_count(number, &limit) : parse_size(number, unit, &limit)))
		return refuse_amount(err, expression,
			trim((struct pm_span){number.at, amount.n - slash.n}), number, objects);
	if (rate) {
		const struct pm_span period = trim((struct pm_span){slash.at + 1, slash.n - 1});

		if (slash.at[0] != '/' || !parse_period(period, budget))
			return refuse(err, expression, slash.at[0] == '/' ? period : slash,
				"/s, /min, /h or /d");
	}
	budget->limit = rate ? limit * budget->per_hour : limit;
	budget->measure = rate ? objects ? PM_MEASURE_OBJECTS_RATE : PM_MEASURE_BYTES_RATE
		: objects      ? PM_MEASURE_OBJECTS
			       : PM_MEASURE_BYTES;
	return PM_OK;
}

static const char *find_last(const char *text, const char *what)
{
	const char *found = NULL;

	while ((text = strstr(text, what)) != NULL)
		found = text++;
	return found;
}

enum pm_status pm_budget_parse(struct pm_budget *budget, const char *expression,
	struct pm_arena *arena, struct pm_error *err)
{
	const struct pm_span all = pm_span_of(expression);
	const char *sign = find_last(expression, "<=");
	struct pm_budget parsed = {0};
	struct pm_span who;
	enum pm_status status;

	if (sign == NULL)
		return refuse(err, expression, (struct pm_span){expression + all.n, 0},
			"'<=' behind the tag");
	who = trim((struct pm_span){expression, (size_t)(sign - expression)});
	if (who.n == 0)
		return refuse(err, expression, all, "a tag or a pattern");
	status = parse_amount(&parsed, expression, behind(all, (struct pm_span){sign, 2}), err);
	if (status != PM_OK)
		return status;
	parsed.text = pm_arena_copy(arena, expression, all.n);
	if (parsed.text == NULL || !pm_selector_parse(&parsed.selector, who, arena))
		return pm_fail_memory(err);
	if (parsed.selector.tag[0] == '\0')
		return refuse(err, expression, (struct pm_span){sign, 2}, "a tag or a pattern");
	*budget = parsed;
	return PM_OK;
}
