/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/fail.h"
#include "base/thread.h"
#include "base/workers.h"

struct job {
	struct pm_mutex mutex;
	size_t alive, most_alive, begun, joined; /* results; guarded by mutex */
	size_t fail_add_at, fail_join_at;        /* items */
	size_t n_threads;                        /* that were free for anything else */
	int slow;                                /* the first half takes so many times as long */
	size_t n_items;
};

struct items { /* a result: which items are in it, as they were added */
	size_t first, n;
	uint64_t digest; /* base 31, which can be joined */
	uint64_t scale;  /* 31 to the power of n */
};

static uint64_t weight(void *context, size_t item)
{
	(void)context;
	return 1 + item % 3;
}

static uint64_t worth(void *context)
{
	(void)context;
	return 2;
}

static bool begins_well(void *context, size_t item)
{
	(void)context;
	return item % 7 == 0;
}

static enum pm_status begin(void *context, size_t item, void **result, struct pm_error *err)
{
	struct job *job = context;
	struct items *items = malloc(sizeof(*items));

	(void)err;
	assert_non_null(items);
	*items = (struct items){.first = item, .scale = 1};
	*result = items;
	pm_mutex_lock(&job->mutex);
	job->begun++;
	job->alive++;
	job->most_alive = job->alive > job->most_alive ? job->alive : job->most_alive;
	pm_mutex_unlock(&job->mutex);
	return PM_OK;
}

static void append(struct items *items, size_t n, uint64_t digest, uint64_t scale)
{
	items->n += n;
	items->digest = items->digest * scale + digest;
	items->scale *= scale;
}

static enum pm_status add_one(void *context, void *result, size_t item, struct pm_error *err)
{
	const struct job *job = context;
	struct items *items = result;
	const int times = item < job->n_items / 2 ? job->slow : 1;
	uint64_t seed = item + 1;
	volatile uint64_t sink;

	for (int i = 0; i < (100 + (int)(item % 7) * 30) * times; i++)
		sink = next_random(&seed);
	(void)sink;
	if (item == job->fail_add_at)
		return pm_fail(err, PM_E_INPUT, "item %zu", item);
	/* What does not follow spoils the digest. */
	append(items, 1, item == items->first + items->n ? item + 1 : UINT64_MAX / 2, 31);
	return PM_OK;
}

/* Some items are added together with the next ones. */
static enum pm_status add(
	void *context, void *result, size_t item, struct pm_claim *claim, struct pm_error *err)
{
	const bool asks = item % 3 == 0;
	enum pm_status status = add_one(context, result, item, err);

	while (status == PM_OK && item % 5 < 2 && pm_claim_next(claim))
		status = add_one(context, result, ++item, err);
	if (asks && pm_claim_thread(claim)) {
		struct job *job = context;

		pm_mutex_lock(&job->mutex);
		job->n_threads++;
		pm_mutex_unlock(&job->mutex);
		pm_claim_give_back(claim);
	}
	return status;
}

static void drop(void *context, void *result)
{
	struct job *job = context;

	pm_mutex_lock(&job->mutex);
	job->alive--;
	pm_mutex_unlock(&job->mutex);
	free(result);
}

static enum pm_status join(void *context, void *result, void *later, struct pm_error *err)
{
	struct job *job = context;
	struct items *items = result;
	const struct items add = *(struct items *)later;

	drop(context, later);
	pm_mutex_lock(&job->mutex);
	job->joined++;
	pm_mutex_unlock(&job->mutex);
	if (job->fail_join_at >= add.first && job->fail_join_at < add.first + add.n)
		return pm_fail(err, PM_E_SPACE, "join %zu", job->fail_join_at);
	if (add.first != items->first + items->n)
		items->digest++;
	append(items, add.n, add.digest, add.scale);
	return PM_OK;
}

static const struct pm_run_work how = {
	.weight = weight,
	.worth = worth,
	.begins_well = begins_well,
	.begin = begin,
	.add = add,
	.join = join,
	.drop = drop,
};

static enum pm_status run(
	struct job *job, unsigned jobs, size_t n, struct items *items, struct pm_error *err)
{
	enum pm_status status;
	void *result;

	job->n_items = n;
	pm_mutex_init(&job->mutex);
	status = pm_workers_run(jobs, n, &how, job, &result, err);
	assert_int_equal(result != NULL, status == PM_OK);
	if (result != NULL) {
		*items = *(struct items *)result;
		drop(job, result);
	}
	pm_mutex_deinit(&job->mutex);
	assert_int_equal(job->alive, 0); /* every result was joined or dropped */
	return status;
}

static void the_result_is_the_same_for_any_number_of_threads(void **state)
{
	const struct job fine = {.fail_add_at = SIZE_MAX, .fail_join_at = SIZE_MAX, .slow = 1};
	struct job one = fine;
	struct items expected;

	(void)state;
	assert_int_equal(run(&one, 1, 500, &expected, NULL), PM_OK);
	assert_int_equal(expected.n, 500);
	assert_int_equal(one.begun, 1);
	assert_int_equal(one.n_threads, 0);
	for (unsigned jobs = 2; jobs <= 8; jobs++) {
		for (int slow = 1; slow <= 100; slow *= 10) {
			struct job many = fine;
			struct items items;

			many.slow = slow;
			assert_int_equal(run(&many, jobs, 500, &items, NULL), PM_OK);
			assert_int_equal(items.first, 0);
			assert_int_equal(items.n, 500);
			assert_true(items.digest == expected.digest);
			assert_int_equal(many.joined, many.begun - 1);
			/* One a thread, and one that is complete between any two of these. */
			assert_true(many.most_alive <= 2 * (size_t)jobs);
		}
	}
}

static void fewer_items_than_threads_are_done(void **state)
{
	(void)state;
	for (size_t n = 1; n < 6; n++) {
		struct job job = {.fail_add_at = SIZE_MAX, .fail_join_at = SIZE_MAX, .slow = 1};
		struct items items;

		assert_int_equal(run(&job, 4, n, &items, NULL), PM_OK);
		assert_int_equal(items.n, n);
		assert_true(n > 3 || job.n_threads > 0);
	}
}

static void the_first_failure_in_order_is_returned(void **state)
{
	(void)state;
	for (unsigned jobs = 1; jobs <= 4; jobs++) {
		struct job job = {.fail_add_at = 50, .fail_join_at = SIZE_MAX, .slow = 50};
		struct items items;
		struct pm_error err;

		assert_int_equal(run(&job, jobs, 200, &items, &err), PM_E_INPUT);
		assert_string_equal(err.message, "item 50");

		job = (struct job){.fail_add_at = SIZE_MAX, .fail_join_at = 199, .slow = 1};
		if (jobs == 1) {
			assert_int_equal(run(&job, jobs, 200, &items, &err), PM_OK);
			continue;
		}
		assert_int_equal(run(&job, jobs, 200, &items, &err), PM_E_SPACE);
		assert_string_equal(err.message, "join 199");
	}
}

static void nothing_to_do_is_an_empty_result(void **state)
{
	struct job job = {.fail_add_at = SIZE_MAX, .fail_join_at = SIZE_MAX};
	struct items items;

	(void)state;
	assert_int_equal(run(&job, 4, 0, &items, NULL), PM_OK);
	assert_int_equal(items.n, 0);
	assert_int_equal(job.begun, 1);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_result_is_the_same_for_any_number_of_threads),
	cmocka_unit_test(fewer_items_than_threads_are_done),
	cmocka_unit_test(the_first_failure_in_order_is_returned),
	cmocka_unit_test(nothing_to_do_is_an_empty_result),
};

RUN(tests)
