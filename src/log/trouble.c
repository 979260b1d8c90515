/* SPDX-License-Identifier: MIT */
#include "log/trouble.h"

#include "model/note.h"

#include <errno.h>

/* Events wait until they can be written; more than this many bytes of them don't. */
enum { EVENTS_MAX = 64 * 1024 };

static const char *cause_of(const struct pm_error *err)
{
	switch (err->status) {
	case PM_E_SPACE:
		return "disk-full";
	case PM_E_MEMORY:
		return "memory";
	case PM_E_INPUT:
		return "not-a-log";
	case PM_E_ACCESS:
		return err->sys_errno == EROFS ? "read-only" : "access";
	default:
		break;
	}
	if (err->sys_errno == ENOENT || err->sys_errno == ENOTDIR)
		return "removed";
	return err->sys_errno == EBUSY ? "locked" : "io-error";
}

static void keep_event(
	struct pm_trouble *trouble, struct pm_encoder *encoder, const struct pm_row *row)
{
	const size_t before = trouble->events.n;

	if (before == 0) {
		trouble->time_ms = row->time_ms;
		trouble->uptime_ms = row->uptime_ms;
	}
	pm_encoder_put_row(encoder, row, &trouble->events);
	if (trouble->events.failed || trouble->events.n > EVENTS_MAX) {
		trouble->events.n = before;
		trouble->events.failed = false;
		trouble->lost_events++;
	}
}

void pm_trouble_add(struct pm_trouble *trouble, struct pm_encoder *encoder,
	const struct pm_snapshot *snapshot, const struct pm_error *err)
{
	bool samples = false;

	for (size_t i = 0; i < snapshot->n_rows; i++) {
		if (snapshot->rows[i].key->pool == PM_POOL_EVENT)
			keep_event(trouble, encoder, &snapshot->rows[i]);
		else
			samples = true;
	}
	if (samples && trouble->missed++ == 0)
		trouble->cause = cause_of(err);
}

void pm_trouble_note(const struct pm_trouble *trouble, struct pm_buf *note)
{
	pm_note_add_u64(note, "missed", trouble->missed);
	pm_note_add_text(note, "cause", trouble->cause);
	if (trouble->lost_events > 0)
		pm_note_add_u64(note, "lost_events", trouble->lost_events);
}

void pm_trouble_end(struct pm_trouble *trouble)
{
	trouble->missed = trouble->lost_events = 0;
	pm_buf_clear(&trouble->events);
}
