/* SPDX-License-Identifier: MIT */
/* Signals are blocked and taken one by one by sigtimedwait(): there is no handler, and so nothing
 * that could happen in the wrong place. */
#include "programs/cli/run.h"

#include "base/clock.h"
#include "base/fail.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

struct cli_run {
	sigset_t waited, before;
	pid_t child; /* 0: none */
	int status;
};

enum pm_status cli_run_create(struct cli_run **out, struct pm_error *err)
{
	struct cli_run *run = calloc(1, sizeof(*run));

	*out = run;
	if (run == NULL)
		return pm_fail_memory(err);
	sigemptyset(&run->waited);
	sigaddset(&run->waited, SIGINT);
	sigaddset(&run->waited, SIGTERM);
	sigaddset(&run->waited, SIGHUP);
	sigaddset(&run->waited, SIGCHLD);
	sigprocmask(SIG_BLOCK, &run->waited, &run->before);
	return PM_OK;
}

void cli_run_destroy(struct cli_run *run)
{
	if (run == NULL)
		return;
	sigprocmask(SIG_SETMASK, &run->before, NULL);
	free(run);
}

enum pm_status cli_run_start(struct cli_run *run, char *const *argv, struct pm_error *err)
{
	posix_spawnattr_t attributes;
	sigset_t defaults;
	int number = posix_spawnattr_init(&attributes);

	if (number != 0)
		return pm_fail_errno(err, number, "no command can be started");
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setsigmask(&attributes, &run->before);
	posix_spawnattr_setflags(
		&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_RESETIDS);
	number = posix_spawnp(&run->child, argv[0], NULL, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	if (number != 0) {
		enum pm_status status = pm_fail_errno(err, number, "can't be run");

		run->child = 0;
		pm_error_where(err, argv[0], 0, 0);
		return status;
	}
	return PM_OK;
}

/* Whether the command has ended, and how. */
static bool reap(struct cli_run *run)
{
	int status;
	pid_t pid;

	if (run->child == 0)
		return false;
	do
		pid = waitpid(run->child, &status, WNOHANG);
	while (pid < 0 && errno == EINTR);
	if (pid != run->child || WIFSTOPPED(status))
		return false;
	run->child = 0;
	run->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return true;
}

/* A key press reaches the command by itself, as it is in the same foreground group; what was sent
 * to us alone is handed on. */
static void hand_on(const struct cli_run *run, const siginfo_t *info)
{
	if (info->si_code <= 0)
		kill(run->child, info->si_signo);
}

enum cli_event cli_run_wait(struct cli_run *run, int64_t until_ms)
{
	for (;;) {
		const int64_t now = pm_clock_uptime_ms();
		const int64_t left = until_ms > now ? until_ms - now : 0;
		const struct timespec timeout = {
			.tv_sec = (time_t)(left / 1000),
			.tv_nsec = (long)(left % 1000) * 1000000,
		};
		siginfo_t info;
		const int number = sigtimedwait(&run->waited, &info, &timeout);

		if (reap(run))
			return CLI_ENDED;
		if (number < 0 && errno == EAGAIN && pm_clock_uptime_ms() >= until_ms)
			return CLI_TICK;
		if (number > 0 && number != SIGCHLD) {
			if (run->child == 0)
				return CLI_STOP;
			hand_on(run, &info);
		}
	}
}

int cli_run_status(const struct cli_run *run)
{
	return run->status;
}
