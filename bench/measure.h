// measure.h - waiting for the kernel, and the stopwatch. One program starts and times every tool, so that all pay the same.
#pragma once
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "plan.h"

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

// The kernel frees namespaces in cleanup_net, on an unbound worker of the queue `netns`, which shows in the worker's name.
static int cleanup_runs(void)
{
	int runs = 0;
	DIR *proc = opendir("/proc");
	for (struct dirent *e; !runs && (e = readdir(proc));) {
		char path[300], comm[64];
		if (e->d_name[0] < '1' || e->d_name[0] > '9') continue;
		snprintf(path, sizeof path, "/proc/%s/comm", e->d_name);
		int fd = open(path, O_RDONLY | O_CLOEXEC), n = fd < 0 ? 0 : read(fd, comm, sizeof comm - 1);
		if (fd >= 0) close(fd);
		comm[n > 0 ? n : 0] = 0;
		runs = !strncmp(comm, "kworker/u", 9) && strstr(comm, "+netns");
	}
	closedir(proc);
	return runs;
}

static double wait_for_cleanup(void)
{
	double start = now(), last = start;
	int seen = 0;
	// The last reference may go an RCU grace period after we asked, so one quiet look is not enough.
	while (now() - last < (seen ? 120 : 400) && now() - start < 120000) {
		if (cleanup_runs()) last = now(), seen = 1;
		usleep(4000);
	}
	return last - start;
}

static pid_t child;
static void forward(int signal) { kill(child, signal); }

static int time_command(char **command)
{
	struct rusage u;
	int status;
	double start = now();
	child = check(fork(), "fork");
	if (!child) {
		close(3);
		execvp(command[0], command);
		die(command[0]);
	}
	signal(SIGINT, SIG_IGN); // a terminal sends it to the command too
	signal(SIGTERM, forward);
	while (wait4(child, &status, 0, &u) < 0 && errno == EINTR) continue;
	double wall = now() - start, cpu = (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	dprintf(3, "{\"wall\":%.2f,\"cpu\":%.2f,\"code\":%d}\n", wall, cpu, code);
	return code;
}
