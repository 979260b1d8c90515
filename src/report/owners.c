/* SPDX-License-Identifier: MIT */
/*
 * Whose a tag is, by tag files. The kernel may keep caches of one size as one, under the name of
 * any of them: then it may be any of them that grows, and all are told.
 */
#include "report/cells.h"

enum {
	OWNERS_MAX = 6,    /* told by name */
	DESCRIBED_MAX = 4, /* of the tag and its aliases */
};

struct owners {
	struct pm_buf names,
		descriptions; /* "kernel or net/unix", "signal_cache: ...; UNIX: ..." */
	const char *seen[OWNERS_MAX];
	size_t n_seen, n_described;
	bool more_owners, more_described;
};

static void add_owner(struct owners *owners, const char *name)
{
	if (name[0] == '\0')
		return;
	for (size_t i = 0; i < owners->n_seen; i++) {
		if (strcmp(owners->seen[i], name) == 0)
			return;
	}
	if (owners->n_seen == OWNERS_MAX) {
		owners->more_owners = true;
		return;
	}
	pm_buf_add_text(&owners->names, owners->n_seen > 0 ? " or " : "");
	pm_buf_add_text(&owners->names, name);
	owners->seen[owners->n_seen++] = name;
}

static void describe(struct owners *owners, struct pm_span tag, const char *description)
{
	if (description[0] == '\0')
		return;
	if (owners->n_described == DESCRIBED_MAX) {
		owners->more_described = true;
		return;
	}
	pm_buf_add_text(&owners->descriptions, owners->n_described++ > 0 ? "; " : "");
	pm_buf_add(&owners->descriptions, tag.at, tag.n);
	pm_buf_add_text(&owners->descriptions, ": ");
	pm_buf_add_text(&owners->descriptions, description);
}

static void fill_merged(
	struct pm_build *build, struct pm_cell *row, const struct pm_key *key, const char *aliases)
{
	const struct pm_drivers *drivers = build->data->drivers;
	struct owners owners = {0};
	struct pm_driver driver;

	if (pm_drivers_find(drivers, key, &driver)) {
		add_owner(&owners, driver.name);
		describe(&owners, (struct pm_span){key->tag, key->n_tag}, driver.description);
	}
	while (*aliases != '\0') {
		const struct pm_span alias = {aliases, strcspn(aliases, ",")};

		if (pm_drivers_find_tag(drivers, key->pool, alias.at, alias.n, &driver)) {
			add_owner(&owners, driver.name);
			describe(&owners, alias, driver.description);
		}
		aliases += alias.n + (alias.at[alias.n] == ',');
	}
	pm_buf_add_text(&owners.names, owners.more_owners ? " or others" : "");
	pm_buf_add_text(&owners.descriptions, owners.more_described ? "; ..." : "");
	set_text(build, &row[PM_FINDING_DRIVER], pm_buf_terminate(&owners.names));
	set_text(build, &row[PM_FINDING_DESCRIPTION], pm_buf_terminate(&owners.descriptions));
	build->failed |= owners.names.failed || owners.descriptions.failed;
	pm_buf_deinit(&owners.names);
	pm_buf_deinit(&owners.descriptions);
}

void pm_fill_owner(struct pm_build *build, struct pm_cell *row, const struct pm_trend *trend)
{
	struct pm_driver driver;

	if (build->data->drivers == NULL)
		return;
	if (trend->aliases[0] != '\0') {
		fill_merged(build, row, trend->key, trend->aliases);
	} else if (pm_drivers_find(build->data->drivers, trend->key, &driver)) {
		set_text(build, &row[PM_FINDING_DRIVER], driver.name);
		set_text(build, &row[PM_FINDING_DESCRIPTION], driver.description);
	}
}
