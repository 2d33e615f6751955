/*
 * The control socket: who is connected, what he asks and is answered. Nothing waits for a peer: a request is carried out
 * one record at a time, and what takes longer leaves a waiter behind.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS CONTROL_MAX
#define ANSWER_MAX (16u << 20)	/* bytes that a peer may leave unread */
#define WAITERS_MAX 65536	/* of one request */

struct connection {
	int fd;			/* 0: this slot is free (0 is /dev/null, never a socket) */
	enum { READING, RUNNING, HELD, ENDING } state;
	bool closing;		/* say what is left to say, then hang up */
	unsigned char head[4];
	size_t got, length;	/* bytes of head and body so far; bytes of the body */
	char *body;
	struct cursor cursor;
	int pending;		/* waiters of this request */
	int passed;		/* a descriptor that came along with it; 0: none (0 is /dev/null) */
	struct failure first;	/* number 0: nothing has failed */
	char *out;
	size_t out_at, out_end, out_room;
	uint64_t used;
};

struct waiter {
	struct waiter *next;
	struct connection *connection;
	enum wait_for what;
	void *subject;
};

static struct connection *connections;
static struct waiter *waiters;
static long served = -1;	/* the one user whom a PID 1 in a user namespace of its own serves */

/*
 * A clone that becomes another PID 1 lets go of what belongs to this one. The descriptors are closed
 * elsewhere.
 */
void control_forget(void)
{
	for (int i = 0; connections && i < CONNECTIONS; i++) {
		free(connections[i].body);
		free(connections[i].out);
	}
	free(connections);
	connections = NULL;
	waiters = NULL;
}

/* Without memory there are none, and it is to be tried again. */
bool control_begin(void)
{
	return (connections = calloc(CONNECTIONS, sizeof *connections));
}

/* ---- answers ---- */

static void hang_up(struct connection *c)
{
	for (struct waiter **at = &waiters; *at;) {
		struct waiter *w = *at;

		if (w->connection == c) {
			*at = w->next;
			free(w);
		} else {
			at = &w->next;
		}
	}
	close(c->fd);
	if (c->passed)
		close(c->passed);
	free(c->body);
	free(c->out);
	memset(c, 0, sizeof *c);
}

static void flush(struct connection *c)
{
	while (c->out_at < c->out_end) {
		ssize_t sent = send(c->fd, c->out + c->out_at, c->out_end - c->out_at,
				    MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno == EAGAIN)
			return;
		if (sent < 0) {
			/*
			 * The peer is gone; poll will say so and the connection is closed there, not under
			 * our caller's feet.
			 */
			c->closing = true;
			c->out_at = c->out_end;
			return;
		}
		c->out_at += sent;
	}
	c->out_at = c->out_end = 0;
}

/*
 * Sends a line, or keeps it until the peer reads. A peer that never reads loses its connection, not our
 * memory.
 */
void answer(struct connection *c, const char *const *fields)
{
	char line[2048];
	size_t length = format_line(line, sizeof line, fields);

	if (!c || c->closing)
		return;
	/* What has been read is let go of, when it is so much that moving the rest is worth it. */
	if (c->out_end + length > c->out_room && c->out_at > c->out_room / 2) {
		memmove(c->out, c->out + c->out_at, c->out_end - c->out_at);
		c->out_end -= c->out_at;
		c->out_at = 0;
	}
	if (c->out_end + length > c->out_room) {
		size_t room = c->out_room ? c->out_room * 2 : 4096;
		char *out = room > ANSWER_MAX ? NULL : realloc(c->out, room);

		if (!out) {
			c->closing = true;
			c->out_at = c->out_end = 0;
			return;
		}
		c->out = out;
		c->out_room = room;
	}
	memcpy(c->out + c->out_end, line, length);
	c->out_end += length;
	flush(c);
}

/*
 * One of several things side by side has failed: its own line now, and the first of them again as the end
 * of the answer.
 */
void answer_failed(struct connection *c, const char *name)
{
	if (!c)
		return;
	if (!c->first.number)
		c->first = failure;
	answer(c, LINE("failed", name, failure.operation, failure.subject, decimal(failure.number).text,
		       strerror(failure.number)));
}

static void answer_end(struct connection *c)
{
	struct failure *f = &c->first;

	if (f->number)
		answer(c, LINE("error", f->operation, f->subject, decimal(f->number).text,
			       strerror(f->number)));
	else
		answer(c, LINE("ok"));
	free(c->body);
	if (c->passed)
		close(take_passed(c));
	c->body = NULL;
	c->got = c->length = 0;
	c->first.number = 0;
	c->state = READING;
	c->used = now_ms();
}

/* ---- waiters ---- */

int await(struct connection *c, enum wait_for what, void *subject)
{
	struct waiter *w = c->pending < WAITERS_MAX ? malloc(sizeof *w) : NULL;

	if (!w)
		return fail("request", "memory");
	*w = (struct waiter){ waiters, c, what, subject };
	waiters = w;
	c->pending++;
	return 0;
}

/* Takes one waiter for this event away and returns who it was; NULL when there is none left. */
struct connection *settle(enum wait_for what, void *subject)
{
	for (struct waiter **at = &waiters; *at; at = &(*at)->next) {
		struct waiter *w = *at;
		struct connection *c = w->connection;

		if (w->what != what || w->subject != subject)
			continue;
		*at = w->next;
		free(w);
		c->pending--;
		return c;
	}
	return NULL;
}

/* ---- connections ---- */

/* Of the connections in this state, that of the peer who has been silent longest. */
static struct connection *oldest(int state)
{
	struct connection *found = NULL;

	for (int i = 0; i < CONNECTIONS; i++) {
		struct connection *c = &connections[i];

		if (c->fd && (int)c->state == state && (!found || c->used < found->used))
			found = c;
	}
	return found;
}

/*
 * Hangs up on the most silent, so that nobody is locked out: by those who say nothing, and where there are none, by
 * those who wait for what may never come. Whose request is being carried out stays.
 */
static struct connection *make_room(void)
{
	struct connection *c = oldest(READING);

	c = c ? c : oldest(ENDING);
	c = c ? c : oldest(HELD);
	if (c)
		hang_up(c);
	return c;
}

static struct connection *slot(void)
{
	for (int i = 0; i < CONNECTIONS; i++)
		if (!connections[i].fd)
			return &connections[i];
	return make_room();
}

/* Whoever started the keeper has this number here; from now on only he is served, and not the root of this namespace. */
void control_serves(uid_t uid)
{
	served = uid;
}

static bool is_served(const struct ucred *peer)
{
	if (served < 0)
		return !peer->uid || peer->uid == geteuid();
	/* Ids that are not mapped all look the same from here; but who is outside has no pid in our namespace. */
	return peer->uid == (uid_t)served && (getpid() != 1 || !peer->pid);
}

void control_greet(void)
{
	struct connection *c;
	struct ucred peer;
	socklen_t size = sizeof peer;
	int fd = accept4(LISTENER, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0) {
		/* Without a descriptor to spare, the listener would wake us for ever. */
		if (errno == EMFILE || errno == ENFILE)
			make_room();
		return;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) || !is_served(&peer) || !(c = slot())) {
		close(fd);
		return;
	}
	c->fd = fd;
	c->state = READING;
	c->used = now_ms();
}

static void refuse(struct connection *c, int number, const char *subject)
{
	fail_with(number, "request", subject);
	c->first = failure;
	c->state = ENDING;
}

/* The four bytes of the length are there: is it one that we carry? */
static void begin_body(struct connection *c)
{
	c->length = c->head[0] | c->head[1] << 8 | c->head[2] << 16 | (size_t)c->head[3] << 24;
	if (c->length && c->length <= REQUEST_MAX)
		c->body = malloc(c->length);
	if (!c->body) {
		refuse(c, c->length > REQUEST_MAX ? EMSGSIZE : c->length ? ENOMEM : EBADMSG, "length");
		answer_end(c);
		c->closing = true;
	}
}

/*
 * What comes along is kept for the request that it came with; of several the first. There is room for one and not for the padding behind
 * it, in which the kernel would put another.
 */
static ssize_t receive(struct connection *c, char *to, size_t want)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec vector = { to, want };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes,
				  .msg_controllen = CMSG_LEN(sizeof(int)) };
	ssize_t got = recvmsg(c->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *along = got < 0 ? NULL : CMSG_FIRSTHDR(&message);
	int fd;

	if (!along || along->cmsg_level != SOL_SOCKET || along->cmsg_type != SCM_RIGHTS ||
	    along->cmsg_len < CMSG_LEN(sizeof fd))
		return got;
	memcpy(&fd, CMSG_DATA(along), sizeof fd);
	if (c->passed)
		close(fd);
	else
		c->passed = fd;
	return got;
}

/* Takes over the descriptor that came along with this request; -1 when none did. */
int take_passed(struct connection *c)
{
	int fd = c->passed ? c->passed : -1;

	c->passed = 0;
	return fd;
}

static void listen_to(struct connection *c)
{
	bool head = c->got < sizeof c->head;
	char *to = head ? (char *)c->head + c->got : c->body + (c->got - sizeof c->head);
	size_t want = head ? sizeof c->head - c->got : c->length - (c->got - sizeof c->head);
	ssize_t got = receive(c, to, want);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		hang_up(c);
		return;
	}
	c->used = now_ms();
	c->got += got;
	if (head && c->got == sizeof c->head)
		begin_body(c);
	if (c->body && c->got == sizeof c->head + c->length) {
		c->cursor = (struct cursor){ c->body, c->body + c->length };
		c->state = RUNNING;
		if (records_check(c->body, c->length))
			refuse(c, failure.number, failure.subject);
	}
}

/*
 * Carries out one record; the rest waits for the next round, so that signals and other peers come in
 * between.
 */
static void step(struct connection *c, bool keeper)
{
	int more = request_step(c, &c->cursor, keeper);

	if (more < 0 && !c->first.number)
		c->first = failure;
	c->state = more == LATER ? HELD : more > 0 ? RUNNING : ENDING;
}

/* ---- the poll ---- */

/* What poll shall ask for: an entry for each connection, at most CONTROL_MAX. Their number. */
int control_ask(struct pollfd *set)
{
	int count = 0;

	for (struct connection *c = connections; c < connections + CONNECTIONS; c++) {
		if (!c->fd)
			continue;
		set->fd = c->fd;
		set->events = c->state == READING && !c->closing ? POLLIN : 0;
		if (c->out_at < c->out_end)
			set->events |= POLLOUT;
		set++;
		count++;
	}
	return count;
}

/* What poll has found, in the same order. */
void control_read(const struct pollfd *set)
{
	for (struct connection *c = connections; c < connections + CONNECTIONS; c++) {
		if (!c->fd)
			continue;
		short found = set++->revents;

		if (found & POLLOUT)
			flush(c);
		if (found & (POLLERR | POLLNVAL) || (found & POLLHUP && !(found & POLLIN)))
			hang_up(c);
		else if (found & POLLIN)
			listen_to(c);
	}
}

/* Whether there is something to do without anything being heard. */
bool control_busy(void)
{
	for (struct connection *c = connections; c < connections + CONNECTIONS; c++)
		if (c->fd && ((c->state == RUNNING && birth_room()) || (c->state == ENDING && !c->pending)))
			return true;
	return false;
}

void control_step(bool keeper)
{
	for (struct connection *c = connections; c < connections + CONNECTIONS; c++) {
		if (c->fd && (c->state == RUNNING || c->state == HELD) && birth_room())
			step(c, keeper);
		if (c->fd && c->state == ENDING && !c->pending)
			answer_end(c);
		if (c->fd && c->closing && c->out_at == c->out_end)
			hang_up(c);
	}
}
