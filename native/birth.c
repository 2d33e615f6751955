/*
 * Children between fork and exec. Each tells through a pipe whether it came to life: nothing and end of file,
 * or one line of what failed.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

struct birth {
	struct birth *next;
	int fd;
	bool node, over;
	void *subject;
	char text[512];
	size_t length;
};

static struct birth *births;
static int birth_count;

/* A clone that becomes another PID 1 has no children yet. */
void births_forget(void)
{
	births = NULL;
	birth_count = 0;
}

int birth_watch(int fd, bool node, void *subject)
{
	struct birth *b = calloc(1, sizeof *b);

	if (!b)
		return fail("request", "memory");
	fcntl(fd, F_SETFL, O_NONBLOCK);
	b->fd = fd;
	b->node = node;
	b->subject = subject;
	b->next = births;
	births = b;
	birth_count++;
	return 0;
}

/* Each birth takes a place in the poll, and their number is limited. */
bool birth_room(void)
{
	return birth_count < BIRTHS_MAX;
}

/* What poll shall ask for: an entry for each, at most BIRTHS_MAX. Their number. */
int births_ask(struct pollfd *set)
{
	int count = 0;

	for (struct birth *b = births; b; b = b->next)
		set[count++] = (struct pollfd){ b->fd, POLLIN, 0 };
	return count;
}

static void birth_read(struct birth *b)
{
	ssize_t got = read(b->fd, b->text + b->length, sizeof b->text - 1 - b->length);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got > 0) {
		b->length += got;
		return;
	}
	b->over = true;
}

/* Reads where poll has found something: `set` is as births_ask filled it, and none came or went since. */
void births_read(const struct pollfd *set)
{
	for (struct birth *b = births; b; b = b->next, set++)
		if (set->revents)
			birth_read(b);
}

/* Told apart from reading: what is told here may start the next child, and change the list. */
void births_tell(void)
{
	for (struct birth **at = &births; *at;) {
		struct birth *b = *at;

		if (!b->over) {
			at = &b->next;
			continue;
		}
		*at = b->next;
		birth_count--;
		close(b->fd);
		if (b->node)
			node_born(b->subject, b->text, b->length);
		else
			process_born(b->subject, b->text, b->length);
		free(b);
	}
}
