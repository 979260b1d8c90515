/* SPDX-License-Identifier: MIT */
#include "base/when.h"
#include "report/doc.h"

#include <math.h>

/* 1234567 -> 1,234,567 */
static void put_grouped(struct pm_buf *out, uint64_t value)
{
	char digits[24];
	struct pm_buf text;

	pm_buf_init_fixed(&text, digits, sizeof(digits));
	pm_buf_add_u64(&text, value);
	for (size_t i = 0; i < text.n; i++) {
		if (i > 0 && (text.n - i) % 3 == 0)
			pm_buf_add_char(out, ',');
		pm_buf_add_char(out, text.at[i]);
	}
}

static void put_size(struct pm_buf *out, uint64_t bytes)
{
	char text[PM_SIZE_TEXT];

	pm_buf_add_text(out, pm_size_format(text, bytes));
}

static void put_change(struct pm_buf *out, const struct pm_field *field, int64_t value)
{
	const uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	if (value != 0)
		pm_buf_add_char(out, value < 0 ? '-' : '+');
	if (strcmp(field->unit, "B") == 0)
		put_size(out, size);
	else
		put_grouped(out, size);
}

/* A rate goes up or down; its uncertainty, headed "+-", has no direction. */
static void put_direction(struct pm_buf *out, const struct pm_field *field, double value)
{
	if (strncmp(field->heading, "+-", 2) != 0)
		pm_buf_add_char(out, value < 0 ? '-' : '+');
}

static void put_real(struct pm_buf *out, const struct pm_field *field, double value)
{
	const double size = value < 0 ? -value : value;

	if (strcmp(field->unit, "B/h") == 0) {
		if (size >= 0.5)
			put_direction(out, field, value);
		put_size(out, pm_size_of_real(size + 0.5));
		pm_buf_add_text(out, "/h");
	} else if (strcmp(field->unit, "p") == 0 && value < 0.001) { /* a chance */
		pm_buf_add_text(out, "< 0.001");
	} else if (strcmp(field->unit, "p") == 0) {
		pm_buf_printf(out, "%.3f", value);
	} else if (strcmp(field->unit, "/h") == 0) {
		if (size > 0)
			put_direction(out, field, value);
		pm_buf_printf(out, size < 999.5 ? "%.3g" : "%.0f", size);
	} else if (strcmp(field->unit, "B") == 0 && size >= 10000) {
		if (value < 0)
			pm_buf_add_char(out, '-');
		put_size(out, pm_size_of_real(size + 0.5));
	} else {
		pm_buf_printf(out, "%.2f", value);
	}
}

void pm_cell_put_text(struct pm_buf *out, const struct pm_field *field, const struct pm_cell *cell)
{
	char text[PM_DURATION_TEXT];

	if (!cell->set)
		return;
	switch (field->kind) {
	case PM_KIND_TEXT:
		pm_buf_add_visible(out, cell->as.text, strlen(cell->as.text));
		break;
	case PM_KIND_TIME:
		pm_buf_add(
			out, text, pm_time_format(text, cell->as.i, ' ') - 4); /* to the second */
		break;
	case PM_KIND_SECONDS:
		pm_buf_add_text(out, pm_duration_format(text, cell->as.i));
		break;
	case PM_KIND_COUNTER:
	case PM_KIND_GAUGE:
		if (strcmp(field->unit, "B") == 0)
			put_size(out, cell->as.u);
		else if (strcmp(field->unit, "#") == 0)
			pm_buf_add_u64(out, cell->as.u);
		else
			put_grouped(out, cell->as.u);
		break;
	case PM_KIND_CHANGE:
		put_change(out, field, cell->as.i);
		break;
	case PM_KIND_FLAG:
		pm_buf_add_text(out, cell->as.u != 0 ? "yes" : "no");
		break;
	case PM_KIND_REAL:
		put_real(out, field, cell->as.r);
		break;
	}
}
