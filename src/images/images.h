/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_IMAGES_IMAGES_H
#define POOLMON_IMAGES_IMAGES_H

#include "images/allocators.h"

#include "base/arena.h"

#include <poolmon/images.h>

/* A tag and a file that takes memory under it. */
struct pm_image_pair {
	enum pm_system system;
	const char *tag, *file; /* in the arena */
};

struct pm_images {
	struct pm_arena arena;
	struct pm_image_pair *pairs; /* [n_pairs], sorted, each once, but while a file is added */
	size_t n_pairs, pairs_capacity;
	struct pm_images_counts counts;
};

#endif
