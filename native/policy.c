/*
 * `exec` asks a node's PID 1, or the keeper for what that runs itself, how programs are confined: all of the node, or one
 * of them.
 */
#include "init.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define ASK_SECONDS 10

/* `LENGTH COUNT\0FIELD\0… 1\0end\0`: a request with a single record. 0: it does not fit. */
static size_t request_of(char *to, size_t room, const char *word, const char *subject)
{
	char *at = to + 4;
	uint32_t length = 0;

	if (4 + strlen(word) + strlen(subject) + 16 > room)
		return 0;
	at = stpcpy(at, *subject ? "2" : "1") + 1;
	at = stpcpy(at, word) + 1;
	if (*subject)
		at = stpcpy(at, subject) + 1;
	at = stpcpy(at, "1") + 1;
	at = stpcpy(at, "end") + 1;
	length = at - to - 4;
	for (int i = 0; i < 4; i++)
		to[i] = length >> 8 * i & 0xff;
	return at - to;
}

/* The last line of an answer so far, when that is the one that ends it: `ok`, or `error …`. */
static const char *end_of(const char *text, size_t length)
{
	const char *line = text + length;

	if (!length || line[-1] != '\n')
		return NULL;
	for (line--; line > text && line[-1] != '\n';)
		line--;
	return !strcmp(line, "ok\n") || !strncmp(line, "error\t", 6) ? line : NULL;
}

/* All that is answered; the caller frees it. */
static char *ask(int fd, const char *word, const char *subject)
{
	char request[256];
	size_t room = 4096, got = 0, length = request_of(request, sizeof request, word, subject);
	char *text = malloc(room);

	if (!length)
		errno = ENAMETOOLONG;
	if (!text || !length || send(fd, request, length, MSG_NOSIGNAL) != (ssize_t)length)
		goto bad;
	for (;;) {
		ssize_t more = recv(fd, text + got, room - got - 1, 0);
		const char *end;

		if (!more)
			errno = ECONNRESET;
		if (more <= 0)
			goto bad;
		got += more;
		text[got] = 0;
		end = end_of(text, got);
		if (end && *end == 'o')
			return text;
		/* It has ended since the caller looked. */
		if (end)
			errno = ESRCH;
		if (end)
			goto bad;
		if (got + 1 < room)
			continue;
		char *larger = realloc(text, room *= 2);
		if (!larger)
			goto bad;
		text = larger;
	}
bad:
	free(text);
	return NULL;
}

/* The lines `confine WORD VALUE`, `own WORD VALUE` and `user USER` of an answer, as lists into it. */
static int read_lines(char *text, struct told *told)
{
	size_t nodes = 0, owns = 0, room = 2;
	char *line;

	for (char *at = text; *at; at++)
		room += 2 * (*at == '\n');
	told->node = malloc(room * sizeof *told->node);
	told->own = malloc(room * sizeof *told->own);
	told->user = "";
	if (!told->node || !told->own)
		return -1;
	while ((line = strsep(&text, "\n"))) {
		char *word = strsep(&line, "\t");
		bool node = !strcmp(word, "confine");

		if (!line)
			continue;
		if (!strcmp(word, "user"))
			told->user = line;
		if (!node && strcmp(word, "own"))
			continue;
		char **list = node ? told->node : told->own;
		size_t *count = node ? &nodes : &owns;
		list[(*count)++] = strsep(&line, "\t");
		list[(*count)++] = line ? line : "";
	}
	told->node[nodes] = told->own[owns] = NULL;
	return 0;
}

/* How programs are confined where that socket is; with `program` that one of them, and as who it runs. */
int confine_ask(const char *socket_path, const char *program, struct told *told)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval patience = { ASK_SECONDS, 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), bad = -1;
	char *text;

	if (fd >= 0 && strlen(socket_path) < sizeof address.sun_path) {
		strcpy(address.sun_path, socket_path);
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
		if (!connect(fd, (struct sockaddr *)&address, sizeof address) &&
		    (text = ask(fd, program ? "policy" : "status", program ? program : "")))
			bad = read_lines(text, told);
	}
	if (bad)
		fail("ask", program ? program : socket_path);
	if (fd >= 0)
		close(fd);
	return bad;
}
