/* SPDX-License-Identifier: MIT */
#include "base/xxh64.h"

#include <string.h>

#define P1 UINT64_C(0x9E3779B185EBCA87)
#define P2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define P3 UINT64_C(0x165667B19E3779F9)
#define P4 UINT64_C(0x85EBCA77C2B2AE63)
#define P5 UINT64_C(0x27D4EB2F165667C5)

enum { STRIPE = 32 };

static uint64_t get(const unsigned char *at, int n)
{
	uint64_t value = 0;

	for (int i = 0; i < n; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

static uint64_t rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static uint64_t lane(uint64_t lane, uint64_t input)
{
	return rotate(lane + input * P2, 31) * P1;
}

void pm_xxh64_init(struct pm_xxh64 *hash)
{
	*hash = (struct pm_xxh64){.lanes = {P1 + P2, P2, 0, 0 - P1}};
}

static void take_stripe(struct pm_xxh64 *hash, const unsigned char *stripe)
{
	for (int i = 0; i < 4; i++)
		hash->lanes[i] = lane(hash->lanes[i], get(stripe + 8 * i, 8));
}

void pm_xxh64_add(struct pm_xxh64 *hash, const void *bytes, size_t n)
{
	const unsigned char *at = bytes;

	while (n > 0) {
		const size_t held = hash->n % STRIPE;
		const size_t part = n < STRIPE - held ? n : STRIPE - held;

		memcpy(hash->rest + held, at, part);
		hash->n += part;
		at += part;
		n -= part;
		if (hash->n % STRIPE == 0)
			take_stripe(hash, hash->rest);
	}
}

static uint64_t merge_lanes(const struct pm_xxh64 *hash)
{
	static const int turns[] = {1, 7, 12, 18};
	uint64_t value = 0;

	if (hash->n < STRIPE)
		return P5;
	for (int i = 0; i < 4; i++)
		value += rotate(hash->lanes[i], turns[i]);
	for (int i = 0; i < 4; i++)
		value = (value ^ lane(0, hash->lanes[i])) * P1 + P4;
	return value;
}

uint64_t pm_xxh64_value(const struct pm_xxh64 *hash)
{
	const unsigned char *at = hash->rest, *end = at + hash->n % STRIPE;
	uint64_t value = merge_lanes(hash) + hash->n;

	for (; end - at >= 8; at += 8)
		value = rotate(value ^ lane(0, get(at, 8)), 27) * P1 + P4;
	if (end - at >= 4) {
		value = rotate(value ^ get(at, 4) * P1, 23) * P2 + P3;
		at += 4;
	}
	for (; at < end; at++)
		value = rotate(value ^ *at * P5, 11) * P1;
	value = (value ^ value >> 33) * P2;
	value = (value ^ value >> 29) * P3;
	return value ^ value >> 32;
}
