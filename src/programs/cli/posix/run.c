/* SPDX-License-Identifier: MIT */
/* Signals are blocked and taken one by one by sigtimedwait(): there is no handler, and so nothing
 * that could happen in the wrong place. */
#include "programs/cli/run.h"

#include "base/clock.h"
#include "base/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { STEP_MS = 10000 };

struct cli_run {
	sigset_t waited, before;
	bool reopens;
	bool had_terminal, hangup_ignored; /* when the program was started */
	pid_t pid;                         /* of the command */
	pid_t child;                       /* the same while it runs, else 0 */
	int status, signal;
};

/* Whether this session has a terminal. One that was closed is taken from it. */
static bool has_terminal(void)
{
	const int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

enum pm_status cli_run_create(struct cli_run **out, bool reopens, struct pm_error *err)
{
	struct sigaction action;
	struct cli_run *run = calloc(1, sizeof(*run));

	*out = run;
	if (run == NULL)
		return pm_fail_memory(err);
	run->reopens = reopens;
	run->had_terminal = has_terminal();
	run->hangup_ignored = sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
	sigemptyset(&run->waited);
	sigaddset(&run->waited, SIGINT);
	sigaddset(&run->waited, SIGTERM);
	sigaddset(&run->waited, SIGHUP);
	sigaddset(&run->waited, SIGCHLD);
	sigaddset(&run->waited, SIGUSR1);
	sigaddset(&run->waited, SIGIO);
	sigprocmask(SIG_BLOCK, &run->waited, &run->before);
	return PM_OK;
}

void cli_run_destroy(struct cli_run *run)
{
	free(run); /* signals stay blocked: those that still come must not spoil the end */
}

void cli_run_listen(struct cli_run *run, struct cli_channel *channel)
{
	(void)run; /* SIGIO tells */
	(void)channel;
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
	sigaddset(&defaults, SIGXFSZ);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setsigmask(&attributes, &run->before);
	posix_spawnattr_setflags(
		&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_RESETIDS);
	number = posix_spawnp(&run->pid, argv[0], NULL, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	if (number != 0) {
		enum pm_status status = pm_fail_errno(err, number, "can't be run");

		pm_error_where(err, argv[0], 0, 0);
		return status;
	}
	run->child = run->pid;
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
	run->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	run->status = run->signal != 0 ? 128 + run->signal : WEXITSTATUS(status);
	return true;
}

/* A key press reaches the command by itself, as it is in the same foreground group; what was sent
 * to us alone is handed on. */
static void hand_on(const struct cli_run *run, const siginfo_t *info)
{
	if (info->si_code <= 0)
		kill(run->child, info->si_signo);
}

/* Of SIGHUP: whether the terminal was closed. The kernel tells so, and after it the shell. */
static bool is_hangup(const struct cli_run *run, const siginfo_t *info)
{
	if (info->si_code > 0)
		return true;
	return run->had_terminal && !run->hangup_ignored && !has_terminal();
}

/* What a signal means; false: nothing to the caller. */
static bool react(const struct cli_run *run, const siginfo_t *info, enum cli_event *event)
{
	const bool hangup = info->si_signo == SIGHUP && is_hangup(run, info);

	*event = CLI_STOP;
	if (info->si_signo == SIGUSR1)
		*event = CLI_SAMPLE;
	else if (info->si_signo == SIGIO)
		*event = CLI_REQUEST;
	else if (info->si_signo == SIGHUP && !hangup && run->reopens)
		*event = CLI_REOPEN;
	else if (info->si_signo == SIGCHLD || (hangup && run->hangup_ignored))
		return false;
	if (*event != CLI_STOP || run->child == 0)
		return true;
	hand_on(run, info);
	return false;
}

enum cli_event cli_run_wait(struct cli_run *run, int64_t until_ms)
{
	enum cli_event event;

	for (;;) {
		const int64_t now = pm_clock_uptime_ms();
		/* A timeout stands still while the machine sleeps; so it must not be long. */
		const int64_t left = until_ms <= now ? 0
			: until_ms - now > STEP_MS   ? STEP_MS
						     : until_ms - now;
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
		if (number > 0 && react(run, &info, &event))
			return event;
	}
}

long cli_run_pid(const struct cli_run *run)
{
	return (long)run->pid;
}

int cli_run_signal(const struct cli_run *run)
{
	return run->signal;
}

int cli_run_status(const struct cli_run *run)
{
	return run->status;
}
