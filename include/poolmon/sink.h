/* SPDX-License-Identifier: MIT */
/* Where text goes that the library makes: the caller's function. */
#ifndef POOLMON_SINK_H
#define POOLMON_SINK_H

#include <poolmon/error.h>

struct pm_sink {
	/* Takes bytes[n], n may be 0. Anything but PM_OK stops whoever writes, which returns it. */
	enum pm_status (*write)(void *context, const char *bytes, size_t n, struct pm_error *err);
	void *context;
};

#endif
