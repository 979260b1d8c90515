/* SPDX-License-Identifier: MIT */
/* Reports: what was read and found, as a document; and renderers that write it. */
#ifndef POOLMON_REPORT_H
#define POOLMON_REPORT_H

#include <poolmon/diff.h>
#include <poolmon/drivers.h>
#include <poolmon/findings.h>
#include <poolmon/gate.h>
#include <poolmon/scan.h>
#include <poolmon/sink.h>
#include <poolmon/units.h>

enum pm_report_kind {
	PM_REPORT_LEAKS,    /* findings, and what they rest on */
	PM_REPORT_INFO,     /* what the logs hold */
	PM_REPORT_VALIDATE, /* whether all of it could be read */
	PM_REPORT_DIFF,     /* what changed from before to after */
};

struct pm_recording {     /* the caller's, too */
	const char *name; /* as the user named it */
	const struct pm_inputs *inputs;
	const struct pm_scan_result *scan;
	const struct pm_trends *trends;
};

struct pm_report_data { /* the caller's; must outlive the document */
	const struct pm_inputs *inputs;
	const struct pm_scan_result *scan;
	const struct pm_trends *trends;
	const struct pm_findings *findings; /* PM_REPORT_LEAKS only */
	const struct pm_gate *gate;         /* that has decided on them; NULL: no rules */
	const struct pm_drivers *drivers;   /* NULL: no tag files */
	const struct pm_units *units;       /* NULL: no units of work */

	/* PM_REPORT_DIFF only, and then instead of all above: [n_recordings] of each side. */
	const struct pm_diff *diff;
	const struct pm_recording *recordings[PM_N_SIDES];
	size_t n_recordings[PM_N_SIDES];
};

struct pm_report_options {
	enum pm_report_kind kind;
	size_t top;     /* findings to show, and besides those that fail; of a comparison changes of
			   each     verdict; 0: all */
	bool colour;    /* text may use ANSI escape sequences */
	bool ascii;     /* text shows no characters of its own beyond ASCII */
	unsigned width; /* columns that text may use; 0: as many as it takes */
};

struct pm_doc;

/* PM_E_MEMORY. */
PM_API PM_MUST_USE enum pm_status pm_doc_create(struct pm_doc **doc,
	const struct pm_report_data *data, const struct pm_report_options *options,
	struct pm_error *err);
PM_API void pm_doc_destroy(struct pm_doc *doc);

struct pm_renderer {
	const char *name;      /* "text", "json" */
	const char *extension; /* ".txt" */
	bool for_ci; /* tells what passes and fails: wants rules, and all findings; of a comparison
			there is no such thing, PM_E_UNSUPPORTED */
	/* PM_E_MEMORY, or what the sink returns. */
	enum pm_status (*render)(const struct pm_doc *doc, const struct pm_report_options *options,
		const struct pm_sink *sink, struct pm_error *err);
};

/* All of them; NULL where there is no such name, or none with the extension of such a path. */
PM_API size_t pm_renderer_count(void);
PM_API const struct pm_renderer *pm_renderer_at(size_t i);
PM_API const struct pm_renderer *pm_renderer_of_name(const char *name);
PM_API const struct pm_renderer *pm_renderer_of_path(const char *path);

#endif
