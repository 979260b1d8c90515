/* SPDX-License-Identifier: MIT */
/* The parts of the HTML renderer. */
#ifndef POOLMON_REPORT_HTML_H
#define POOLMON_REPORT_HTML_H

#include "report/plot.h"

/* Style sheet and script: lines, ended by NULL; and the hashes by which the page's policy allows
 * just them: SHA-256 of the lines, each with a newline behind it, in base64. */
extern const char *const pm_html_style[], *const pm_html_script[];
extern const char pm_html_style_hash[], pm_html_script_hash[];

/* Adds a text such that it is one, within an attribute too. */
void pm_html_put(struct pm_buf *out, const char *text);

/* Adds a plot as SVG, and a list of its signs. The number makes the ids in it unique. */
void pm_html_put_plot(struct pm_buf *out, const struct pm_plot *plot, size_t number);

#endif
