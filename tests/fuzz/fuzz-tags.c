/* SPDX-License-Identifier: MIT */
/* Tag files of any bytes; tags are looked up in them, those of its own first columns too. */
#include "base/buf.h"
#include "model/keys.h"

#include <poolmon/drivers.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void look_up(
	const struct pm_drivers *drivers, struct pm_keys *keys, const char *tag, size_t n)
{
	static const char *const pools[] = {"system", "slab"};
	char text[40];

	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++) {
		const struct pm_key *key = pm_keys_intern(
			keys, pm_span_of(pools[i]), (struct pm_span){tag, n}, pm_span_of(""));
		struct pm_driver driver;

		if (key == NULL)
			continue;
		if (pm_drivers_find(drivers, key, &driver))
			require(strlen(driver.name) + strlen(driver.description) < SIZE_MAX / 2);
		require(pm_drivers_map(drivers, key, text, sizeof(text)) ||
			strcmp(text, "Unknown Driver") == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pm_keys *keys = pm_keys_create();
	char *text = malloc(size + 1);
	struct pm_drivers *drivers;
	struct pm_error err;

	memcpy(text, data, size);
	require(pm_drivers_create(&drivers, NULL) == PM_OK);
	for (int i = 0; i < 2; i++) {
		if (pm_drivers_add(drivers, "file", text, size, &err) != PM_OK)
			require(err.status == PM_E_INPUT && err.remedy[0] != '\0');
		if (pm_drivers_add_local(drivers, "local", text, size / 2, &err) != PM_OK)
			require(err.status == PM_E_INPUT && err.remedy[0] != '\0');
	}
	for (size_t i = 0; pm_drivers_remark(drivers, i, &err); i++)
		require(err.line > 0 && err.message[0] != '\0');
	for (size_t i = 0; i + 4 <= size && i < 64; i++) {
		if (i == 0 || text[i - 1] == '\n') {
			look_up(drivers, keys, text + i, 4);
			look_up(drivers, keys, text + i, 3);
			look_up(drivers, keys, text + i, size - i < 40 ? size - i : 40);
		}
	}
	look_up(drivers, keys, "Proc", 4);
	look_up(drivers, keys, "\0\0\0\0", 4);
	pm_drivers_destroy(drivers);
	free(text);
	pm_keys_destroy(keys);
	return 0;
}
