/* SPDX-License-Identifier: MIT */
/* Keys of moments in any order, however they are asked about, against a plain set of them. */
#include "unit.h"

#include "log/seen.h"

enum { KEYS = 300, MOMENTS = 400 };

struct moment {
	uint32_t ids[KEYS + 5];
	size_t n;
};

/* Most moments have what the one before had; some miss a few, have one twice, or in other places. */
static void change(struct moment *moment, uint64_t *seed)
{
	const size_t i = next_random(seed) % moment->n, j = next_random(seed) % moment->n;
	const uint32_t id = moment->ids[i];

	switch (next_random(seed) % 8) {
	case 0: /* another order */
		moment->ids[i] = moment->ids[j];
		moment->ids[j] = id;
		break;
	case 1: /* twice */
		if (moment->n < KEYS + 5)
			moment->ids[moment->n++] = id;
		break;
	case 2: /* fewer */
		if (moment->n > 1)
			moment->ids[i] = moment->ids[--moment->n];
		break;
	case 3: /* another key */
		moment->ids[i] = (uint32_t)(next_random(seed) % KEYS);
		break;
	case 4: /* a short one */
		moment->n = i + 1;
		break;
	case 5:
		while (moment->n < KEYS)
			moment->ids[moment->n++] = (uint32_t)(next_random(seed) % KEYS);
		break;
	default:
		break;
	}
}

static void each_key_is_new_once_in_a_moment(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct moment moment = {.ids = {7}, .n = 1};
		static struct pm_reading known[KEYS];
		struct pm_seen seen = {0};
		uint64_t random = seed;

		for (uint32_t id = 0; id < KEYS; id++)
			known[id].id = id;
		for (int m = 0; m < MOMENTS; m++) {
			const struct pm_reading *readings[KEYS + 5];
			bool set[KEYS] = {false};

			change(&moment, &random);
			pm_seen_begin(&seen);
			for (size_t i = 0; i < moment.n; i++)
				readings[i] = &known[moment.ids[i]];
			for (size_t i = 0; i < moment.n;) {
				const size_t most = moment.n - i;
				size_t n = 0;

				if (next_random(&random) % 4 != 0)
					n = pm_seen_add_next(&seen, readings + i,
						1 + next_random(&random) % most);
				for (; n > 0; n--, i++) {
					assert_false(set[moment.ids[i]]);
					set[moment.ids[i]] = true;
				}
				if (i == moment.n)
					break;
				assert_int_equal(pm_seen_add(&seen, moment.ids[i]),
					set[moment.ids[i]] ? PM_SEEN_AGAIN : PM_SEEN_NEW);
				set[moment.ids[i++]] = true;
			}
		}
		pm_seen_deinit(&seen);
	}
}

static void moments_like_the_one_before_are_taken_at_once(void **state)
{
	struct pm_reading known[KEYS];
	const struct pm_reading *readings[KEYS];
	struct pm_seen seen = {0};

	(void)state;
	pm_seen_begin(&seen);
	for (uint32_t i = 0; i < KEYS; i++) {
		known[i].id = KEYS - i;
		readings[i] = &known[i];
		assert_int_equal(pm_seen_add(&seen, KEYS - i), PM_SEEN_NEW);
	}
	for (int m = 0; m < 3; m++) {
		pm_seen_begin(&seen);
		assert_int_equal(pm_seen_add_next(&seen, readings, KEYS), KEYS);
		assert_int_equal(pm_seen_add(&seen, known[5].id), PM_SEEN_AGAIN);
	}
	pm_seen_deinit(&seen);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(each_key_is_new_once_in_a_moment),
	cmocka_unit_test(moments_like_the_one_before_are_taken_at_once),
};

RUN(tests)
