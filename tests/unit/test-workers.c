/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/fail.h"
#include "base/thread.h"
#include "base/workers.h"

struct job {
	struct pm_mutex mutex;
	size_t begun, alive, most_alive; /* guarded by mutex */
	size_t taken;                    /* by `take` only: it must be called one at a time */
	size_t fail_work_at, fail_take_at;
	uint64_t digest;
};

static enum pm_status work(void *context, size_t item, void **result, struct pm_error *err)
{
	struct job *job = context;
	uint64_t seed = item + 1, *out;

	if (item == job->fail_work_at)
		return pm_fail(err, PM_E_INPUT, "item %zu", item);
	for (int i = 0; i < 1000 + (int)(item % 7) * 3000; i++) /* some take longer than others */
		next_random(&seed);
	out = malloc(sizeof(*out));
	assert_non_null(out);
	*out = seed;
	*result = out;
	pm_mutex_lock(&job->mutex);
	job->begun++;
	job->alive++;
	job->most_alive = job->alive > job->most_alive ? job->alive : job->most_alive;
	pm_mutex_unlock(&job->mutex);
	return PM_OK;
}

static void drop(void *context, void *result)
{
	struct job *job = context;

	pm_mutex_lock(&job->mutex);
	job->alive--;
	pm_mutex_unlock(&job->mutex);
	free(result);
}

static enum pm_status take(void *context, size_t item, void *result, struct pm_error *err)
{
	struct job *job = context;

	if (item != job->taken++) /* out of order: fail the test from the main thread */
		job->digest = UINT64_MAX;
	job->digest = job->digest * 31 + *(uint64_t *)result;
	drop(context, result);
	return item == job->fail_take_at ? pm_fail(err, PM_E_SPACE, "take %zu", item) : PM_OK;
}

static const struct pm_ordered_work how = {work, take, drop};

static enum pm_status run(struct job *job, unsigned jobs, size_t n, struct pm_error *err)
{
	enum pm_status status;

	pm_mutex_init(&job->mutex);
	status = pm_workers_run(jobs, n, &how, job, err);
	pm_mutex_deinit(&job->mutex);
	assert_int_equal(job->alive, 0); /* every result was taken or dropped */
	return status;
}

static void results_come_in_order_for_any_number_of_threads(void **state)
{
	struct job one = {.fail_work_at = SIZE_MAX, .fail_take_at = SIZE_MAX};

	(void)state;
	assert_int_equal(run(&one, 1, 500, NULL), PM_OK);
	for (unsigned jobs = 2; jobs <= 8; jobs++) {
		struct job many = {.fail_work_at = SIZE_MAX, .fail_take_at = SIZE_MAX};

		assert_int_equal(run(&many, jobs, 500, NULL), PM_OK);
		assert_int_equal(many.taken, 500);
		assert_true(many.digest == one.digest);
		assert_true(many.most_alive <= 2 * (size_t)jobs);
	}
}

static void the_first_failure_in_order_is_returned(void **state)
{
	(void)state;
	for (unsigned jobs = 1; jobs <= 4; jobs++) {
		struct job job = {.fail_work_at = 50, .fail_take_at = 60};
		struct pm_error err;

		assert_int_equal(run(&job, jobs, 200, &err), PM_E_INPUT);
		assert_string_equal(err.message, "item 50");
		assert_int_equal(job.taken, 50);

		job = (struct job){.fail_work_at = 60, .fail_take_at = 50};
		assert_int_equal(run(&job, jobs, 200, &err), PM_E_SPACE);
		assert_string_equal(err.message, "take 50");
		assert_int_equal(job.taken, 51);
	}
}

static void nothing_to_do_is_done(void **state)
{
	struct job job = {.fail_work_at = SIZE_MAX, .fail_take_at = SIZE_MAX};

	(void)state;
	assert_int_equal(run(&job, 4, 0, NULL), PM_OK);
	assert_int_equal(job.begun, 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(results_come_in_order_for_any_number_of_threads),
	cmocka_unit_test(the_first_failure_in_order_is_returned),
	cmocka_unit_test(nothing_to_do_is_done),
};

RUN(tests)
