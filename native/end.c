/*
 * The end of a PID 1: the signals that ask for it, what ends first, and by when it is over. And that of its children.
 */
#include "init.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define END_MS 2000		/* from SIGTERM to SIGKILL, for what nobody has named */
#define KEEPER_END_MS 86400000	/* its nodes end by themselves, each in a time that it knows */

static uint64_t end_at;		/* 0: nobody has asked us to end */
static bool end_of_rest;	/* the programs have ended; now it is the turn of everything else */

/* A clone that becomes another PID 1 has not been asked. */
void end_forget(void)
{
	end_at = 0;
	end_of_rest = false;
}

/* First the programs, each by its own signal and in its own time; then whatever else runs here. */
static void begin(bool keeper)
{
	long long grace;

	if (end_at)
		return;
	grace = process_end_all();
	end_at = now_ms() + (keeper ? KEEPER_END_MS : grace + END_MS);
	if (keeper)
		node_signal_all(SIGTERM);
}

/* Daemons and shells that somebody has left here hear of the end when no program needs them any more. */
static void go_on(bool keeper)
{
	if (!end_at || end_of_rest || process_any() || (keeper && node_any()))
		return;
	end_of_rest = true;
	end_at = now_ms() + END_MS;
	if (getpid() != 1) {
		descendants_kill();
		_exit(0);
	}
	kill(-1, SIGTERM);
	kill(-1, SIGCONT);
}

/*
 * The end of a PID 1 is the end of its pid namespace. Where it has none of its own, each descendant is
 * ended here.
 */
static _Noreturn void end(void)
{
	if (getpid() != 1)
		descendants_kill();
	_exit(0);
}

void end_reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (!process_reaped(pid, status))
			node_reaped(pid, status);
	if (pid < 0 && errno == ECHILD && end_at)
		end();
}

void end_read(bool keeper)
{
	struct signalfd_siginfo info;

	while (read(SIGNALS, &info, sizeof info) == sizeof info) {
		/*
		 * Who is below us has no say: a sender outside of our pid namespace has no number here, and the keeper is 1. Of any
		 * other way to send a signal the sender could choose the number.
		 */
		if (info.ssi_code != SI_USER || info.ssi_pid > 1)
			continue;
		if (info.ssi_signo == SIGTERM)
			begin(keeper);
		/* The keeper's word to a node without a pid namespace of its own: now, and all of them. */
		if (info.ssi_signo == SIGUSR2 && !keeper)
			end();
	}
}

void end_check(bool keeper)
{
	go_on(keeper);
	if (end_at && now_ms() >= end_at)
		end();
}

int end_timeout(void)
{
	uint64_t now = now_ms();

	return !end_at ? -1 : now >= end_at ? 0 : (int)(end_at - now);
}
