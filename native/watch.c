/*
 * Counters of control groups: how often a limit was met, or somebody killed for it. The kernel wakes us when one has grown,
 * and it is told in the record of events and in the process's log.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#define FIRST_MS 100		/* version 1 wakes us before it has killed anybody */
#define AGAIN_MS 200
#define TRIES 10
#define QUIET_MS 1000		/* a fork bomb meets its limit some thousand times in a second, and is told of once */
#define WATCHES_MAX 4096

struct watch {
	struct watch *next;
	char node[NAME_MAX_NODE], process[NAME_MAX_PROCESS], log[NAME_MAX_PROCESS + 8];
	char word[24], key[24], text[128];
	char *path;
	int file;		/* open for reading: the counter */
	int bell;		/* version 1: an eventfd; else -1 */
	int wd;			/* else: of inotify */
	long long count;
	uint64_t due, told;	/* when it is read next; when it was told of last */
	int tries;
	bool polled;		/* version 1 tells of its pids by nothing at all */
};

static struct watch *watches;
static int watch_count, poller = -1, notifier = -1;

/* Readable when one of the counters may have grown; -1: nothing is watched. */
int watch_descriptor(void)
{
	return poller;
}

static long long read_count(const struct watch *w)
{
	char text[1024], *line;
	ssize_t got = pread(w->file, text, sizeof text - 1, 0);
	size_t length = strlen(w->key);

	if (got < 0)
		return -1;
	text[got] = 0;
	for (line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (!strncmp(line, w->key, length) && line[length] == ' ')
			return atoll(line + length + 1);
	return -1;
}

static int ring_by(int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (poller < 0 && (poller = epoll_create1(EPOLL_CLOEXEC)) < 0)
		return -1;
	return epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
}

/* Version 1: `echo "EVENTFD FILE" > cgroup.event_control`. Version 2 (and all of pids): the file is modified. */
static int listen_to(struct watch *w, const char *control)
{
	char line[32];

	if (!strcmp(control, "poll")) {
		w->polled = true;
		w->due = now_ms() + QUIET_MS;
		return 0;
	}
	if (!*control) {
		if (notifier < 0 && ((notifier = inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) < 0 || ring_by(notifier)))
			return -1;
		w->wd = inotify_add_watch(notifier, w->path, IN_MODIFY);
		return w->wd < 0 ? -1 : 0;
	}
	w->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int fd = open(control, O_WRONLY | O_CLOEXEC);
	int length = format(line, sizeof line, "%d %d", w->bell, w->file);
	bool bad = w->bell < 0 || fd < 0 || write(fd, line, length) != length || ring_by(w->bell);
	if (fd >= 0)
		close(fd);
	return bad ? -1 : 0;
}

static void let_go(struct watch *w)
{
	if (w->file >= 0)
		close(w->file);
	if (w->bell >= 0)
		close(w->bell);
	free(w->path);
	free(w);
}

static void copy(char *to, size_t room, const char *from)
{
	format(to, room, "%s", from);
}

/* `watch NODE PROCESS LOG WORD TEXT FILE KEY BELL`: what is watched already goes on. */
int watch_add(const struct record *r)
{
	const char *path = field(r, 6), *key = field(r, 7);
	struct watch *w;

	for (w = watches; w; w = w->next)
		if (!strcmp(w->path, path) && !strcmp(w->key, key) && read_count(w) >= 0)
			return 1;
	if (watch_count >= WATCHES_MAX)
		return fail_with(ENOSPC, "watch", path);
	w = calloc(1, sizeof *w);
	if (!w || !(w->path = strdup(path))) {
		free(w);
		return fail("watch", path);
	}
	copy(w->node, sizeof w->node, field(r, 1));
	copy(w->process, sizeof w->process, field(r, 2));
	copy(w->log, sizeof w->log, field(r, 3));
	copy(w->word, sizeof w->word, field(r, 4));
	copy(w->text, sizeof w->text, field(r, 5));
	copy(w->key, sizeof w->key, key);
	w->bell = w->wd = -1;
	w->file = open(path, O_RDONLY | O_CLOEXEC);
	if (w->file < 0 || (w->count = read_count(w)) < 0 || listen_to(w, field(r, 8))) {
		fail("watch", path);
		let_go(w);
		return -1;
	}
	w->next = watches;
	watches = w;
	watch_count++;
	return 1;
}

static void rung(struct watch *w)
{
	uint64_t now = now_ms(), quiet = w->told ? w->told + QUIET_MS : 0;

	if (w->due)
		return;
	w->due = quiet > now + FIRST_MS ? quiet : now + FIRST_MS;
	w->tries = TRIES;
}

static void read_notifier(void)
{
	char buffer[4096] __attribute__((aligned(8)));
	ssize_t got;

	while ((got = read(notifier, buffer, sizeof buffer)) > 0)
		for (char *at = buffer; at < buffer + got;) {
			struct inotify_event *event = (struct inotify_event *)at;

			for (struct watch *w = watches; w; w = w->next)
				if (w->wd == event->wd)
					rung(w);
			at += sizeof *event + event->len;
		}
}

/* Some bell has rung. */
void watch_read(void)
{
	uint64_t times;

	if (notifier >= 0)
		read_notifier();
	for (struct watch *w = watches; w; w = w->next)
		if (w->bell >= 0 && read(w->bell, &times, sizeof times) == sizeof times)
			rung(w);
}

static void tell(struct watch *w, long long count)
{
	char line[256];
	int fd;

	event_count(w->word, w->node, w->process, count - w->count);
	w->count = count;
	w->told = now_ms();
	if (!*w->log)
		return;
	fd = openat(LOGS, w->log, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return;
	int length = format(line, sizeof line, "netlab: %s (%s %lld)\n", w->text, w->key, count);
	ssize_t written = write(fd, line, length);
	(void)written;
	close(fd);
}

/* Reads the counters that are due; a group that has gone takes its watch along. */
void watch_check(void)
{
	uint64_t now = 0;

	for (struct watch **at = &watches; *at;) {
		struct watch *w = *at;
		long long count;

		now = w->due && !now ? now_ms() : now;
		if (!w->due || now < w->due) {
			at = &w->next;
			continue;
		}
		count = read_count(w);
		if (count < 0) {
			*at = w->next;
			watch_count--;
			let_go(w);
			continue;
		}
		w->due = count == w->count && --w->tries > 0 ? now + AGAIN_MS : 0;
		if (w->polled)
			w->due = now + QUIET_MS;
		if (count > w->count)
			tell(w, count);
		at = &w->next;
	}
}

int watch_timeout(void)
{
	uint64_t now = now_ms(), least = UINT64_MAX;

	for (struct watch *w = watches; w; w = w->next)
		if (w->due && w->due < least)
			least = w->due;
	return least == UINT64_MAX ? -1 : least <= now ? 0 : (int)(least - now);
}

/* A clone that becomes the PID 1 of a node has no descriptors of ours. */
void watch_forget(void)
{
	watches = NULL;
	watch_count = 0;
	poller = notifier = -1;
}
