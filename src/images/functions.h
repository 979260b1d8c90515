/* SPDX-License-Identifier: MIT */
/* Where functions begin in drivers that don't tell, which are those for x86. */
#ifndef POOLMON_IMAGES_FUNCTIONS_H
#define POOLMON_IMAGES_FUNCTIONS_H

#include "images/image.h"

/* Fills the functions of an image that has none: they begin where calls lead to. False: out of
 * memory. */
bool pm_functions_guess(struct pm_image *image);

#endif
