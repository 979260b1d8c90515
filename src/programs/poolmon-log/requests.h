/* SPDX-License-Identifier: MIT */
/* What goes through the channel of a recording. */
#ifndef POOLMON_LOG_REQUESTS_H
#define POOLMON_LOG_REQUESTS_H

#define REQUEST_MARK "mark "
#define ANSWER_DONE  "done" /* any other answer is why not */

enum { MARK_MAX = 1000 };

#endif
