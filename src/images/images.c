/* SPDX-License-Identifier: MIT */
#include "images/images.h"

#include "images/calls.h"
#include "images/code.h"
#include "images/functions.h"
#include "images/unpack.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/fail.h"
#include "model/tagline.h"

enum pm_status pm_images_create(struct pm_images **out, struct pm_error *err)
{
	enum pm_status status = pm_code_probe(err);

	*out = NULL;
	if (status != PM_OK)
		return status;
	*out = calloc(1, sizeof(**out));
	return *out != NULL ? PM_OK : pm_fail_memory(err);
}

void pm_images_destroy(struct pm_images *images)
{
	if (images == NULL)
		return;
	free(images->pairs);
	pm_arena_deinit(&images->arena);
	free(images);
}

static int compare_pairs(const void *left, const void *right)
{
	const struct pm_image_pair *a = left, *b = right;
	int order;

	if (a->system != b->system)
		return a->system < b->system ? -1 : 1;
	order = strcmp(a->tag, b->tag);
	return order != 0 ? order : strcmp(a->file, b->file);
}

/* Sorts and removes what is there twice. */
static void order_pairs(struct pm_images *images)
{
	size_t n = 0;

	if (images->n_pairs > 1)
		qsort(images->pairs, images->n_pairs, sizeof(images->pairs[0]), compare_pairs);
	for (size_t i = 0; i < images->n_pairs; i++) {
		if (n == 0 || compare_pairs(&images->pairs[n - 1], &images->pairs[i]) != 0)
			images->pairs[n++] = images->pairs[i];
	}
	images->n_pairs = n;
}

struct pm_images_counts pm_images_counts(const struct pm_images *images)
{
	struct pm_images_counts counts = images->counts;

	counts.tags = images->n_pairs;
	return counts;
}

/* ---- tags ---- */

/* Whether a line of a tag file gives this tag back when it is read. */
static bool can_be_written(enum pm_system system, struct pm_span tag)
{
	char line[PM_TAG_MAX + 8];
	struct pm_buf text;
	struct pm_tagline parts;
	size_t n = tag.n;

	for (size_t i = 0; i < tag.n; i++) {
		if (tag.at[i] < ' ' || tag.at[i] > '~')
			return false;
	}
	pm_buf_init_fixed(&text, line, sizeof(line));
	pm_buf_add(&text, tag.at, tag.n);
	pm_buf_add_text(&text, " - x");
	if (text.failed)
		return false;
	pm_tagline_split(&parts, (struct pm_span){text.at, text.n},
		system == PM_SYSTEM_LINUX ? 1U << PM_POOL_SLAB : PM_POOLS_WINDOWS);
	while (n > 0 && tag.at[n - 1] == ' ')
		n--;
	return n > 0 && parts.kind == PM_TAGLINE_ENTRY && parts.n_tag == n &&
		memcmp(parts.tag, tag.at, n) == 0 && pm_span_is(parts.description, "x");
}

/* The tag of a call, in room[PM_WINDOWS_TAG] or in the image. */
static struct pm_span tag_of(
	const struct pm_image *image, const struct pm_call *call, char room[PM_WINDOWS_TAG])
{
	struct pm_bytes name;
	const unsigned char *end;

	if (image->system == PM_SYSTEM_WINDOWS) {
		/* The uppermost bit says that freeing wants the tag too, and is not shown. */
		for (unsigned i = 0; i < PM_WINDOWS_TAG; i++)
			room[i] = (char)((call->tag & 0x7fffffff) >> (8 * i) & 0xff);
		return (struct pm_span){room, PM_WINDOWS_TAG};
	}
	name = pm_image_at(image, call->tag);
	if (name.n > PM_TAG_MAX + 1)
		name.n = PM_TAG_MAX + 1;
	end = name.n > 0 ? memchr(name.at, 0, name.n) : NULL;
	if (end == NULL)
		return (struct pm_span){"", 0};
	return (struct pm_span){(const char *)name.at, (size_t)(end - name.at)};
}

static bool add_pair(
	struct pm_images *images, enum pm_system system, struct pm_span tag, const char *file)
{
	struct pm_image_pair *grown = pm_array_room(
		images->pairs, &images->pairs_capacity, images->n_pairs, sizeof(*grown));
	struct pm_image_pair pair = {.system = system, .file = file};

	if (grown == NULL)
		return false;
	images->pairs = grown;
	pair.tag = pm_arena_copy(&images->arena, tag.at, tag.n);
	grown[images->n_pairs] = pair;
	images->n_pairs += pair.tag != NULL;
	return pair.tag != NULL;
}

static enum pm_status take_calls(struct pm_images *images, const struct pm_image *image,
	const struct pm_calls *calls, const char *name, struct pm_error *err)
{
	const char *file = pm_arena_copy(&images->arena, name, strlen(name));
	bool good = file != NULL;

	for (size_t i = 0; i < calls->n && good; i++) {
		const struct pm_call *call = &calls->at[i];
		char room[PM_WINDOWS_TAG];
		struct pm_span tag;

		images->counts.calls += i == 0 || call->address != calls->at[i - 1].address;
		images->counts.computed += call->kind == PM_CALL_COMPUTED;
		if (call->kind != PM_CALL_TAGGED)
			continue;
		tag = tag_of(image, call, room);
		if (tag.n == 0)
			images->counts.computed++; /* memory where a name is put later */
		else if (can_be_written(image->system, tag))
			good = add_pair(images, image->system, tag, file);
		else
			images->counts.odd++;
	}
	order_pairs(images);
	return good ? PM_OK : pm_fail_memory(err);
}

static enum pm_status add_plain(
	struct pm_images *images, const char *name, struct pm_bytes bytes, struct pm_error *err)
{
	struct pm_image image;
	struct pm_calls calls = {0};
	enum pm_status status = pm_image_init(&image, bytes, err);

	if (status == PM_OK && image.n_imports > 0 && image.n_functions == 0 &&
		!pm_functions_guess(&image))
		status = pm_fail_memory(err);
	if (status == PM_OK)
		status = pm_calls_find(&calls, &image, err);
	if (status == PM_OK)
		status = take_calls(images, &image, &calls, name, err);
	pm_calls_deinit(&calls);
	pm_image_deinit(&image);
	return status;
}

enum pm_status pm_images_add(struct pm_images *images, const char *name, const void *bytes,
	size_t n, struct pm_error *err)
{
	const struct pm_bytes packed = {bytes, n};
	struct pm_bytes plain;
	unsigned char *memory;
	enum pm_status status = pm_unpack(packed, &memory, &plain, err);

	if (status == PM_OK)
		status = add_plain(images, name, plain, err);
	free(memory);
	images->counts.files += status == PM_OK;
	images->counts.skipped += status == PM_E_INPUT || status == PM_E_UNSUPPORTED;
	return status;
}

/* ---- the tag file ---- */

/* The line of a tag; pairs[n] are those with it. */
static void put_line(struct pm_buf *out, const struct pm_image_pair *pairs, size_t n)
{
	pm_buf_add_text(out, pairs[0].tag);
	pm_buf_add_text(out, " - ");
	for (size_t i = 0; i < n; i++) {
		pm_buf_add_text(out, i > 0 ? ", " : "");
		pm_buf_add_visible(out, pairs[i].file, strlen(pairs[i].file));
	}
	pm_buf_add_char(out, '\n');
}

enum pm_status pm_images_write(struct pm_images *images, struct pm_sink sink, struct pm_error *err)
{
	struct pm_buf out = {0};
	bool in_linux = false;
	enum pm_status status;

	order_pairs(images);
	for (size_t i = 0, n; i < images->n_pairs; i += n) {
		const struct pm_image_pair *first = &images->pairs[i];

		for (n = 1; i + n < images->n_pairs && first[n].system == first->system &&
			strcmp(first[n].tag, first->tag) == 0;)
			n++;
		if (first->system == PM_SYSTEM_LINUX && !in_linux)
			pm_buf_add_text(&out, "// pools: slab\n");
		in_linux = first->system == PM_SYSTEM_LINUX;
		put_line(&out, first, n);
	}
	status = out.failed ? pm_fail_memory(err) : sink.write(sink.context, out.at, out.n, err);
	pm_buf_deinit(&out);
	return status;
}
