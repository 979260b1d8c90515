/* SPDX-License-Identifier: MIT */
/* Drivers and modules of any bytes; the tag file that is made of them must be one. */
#include "base/buf.h"

#include <poolmon/drivers.h>
#include <poolmon/images.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static enum pm_status take(void *context, const char *bytes, size_t n, struct pm_error *err)
{
	(void)err;
	pm_buf_add(context, bytes, n);
	return PM_OK;
}

static void read_again(struct pm_buf *text)
{
	struct pm_drivers *drivers;
	struct pm_error err;

	require(pm_drivers_create(&drivers, NULL) == PM_OK);
	require(pm_drivers_add_local(drivers, "localtag.txt", text->at, text->n, &err) == PM_OK);
	require(!pm_drivers_remark(drivers, 0, &err));
	pm_drivers_destroy(drivers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pm_buf text = {0};
	struct pm_images *images;
	struct pm_images_counts counts;
	struct pm_error err = {0};
	uint8_t *exact = malloc(size + 1); /* so that a sanitizer sees what is read beyond it */

	memcpy(exact, data, size);
	if (pm_images_create(&images, &err) != PM_OK) {
		require(err.status == PM_E_UNSUPPORTED && err.remedy[0] != '\0');
		free(exact);
		return 0;
	}
	if (pm_images_add(images, "a.sys", exact, size, &err) != PM_OK)
		require((err.status == PM_E_INPUT || err.status == PM_E_UNSUPPORTED) &&
			err.message[0] != '\0');
	counts = pm_images_counts(images);
	require(counts.files + counts.skipped == 1);
	require(pm_images_write(images, (struct pm_sink){take, &text}, &err) == PM_OK);
	require(!text.failed && (text.n > 0) == (counts.tags > 0));
	if (text.n > 0)
		read_again(&text);
	pm_buf_deinit(&text);
	pm_images_destroy(images);
	free(exact);
	return 0;
}
