/*
 * The record of events: a line of JSON for all that happens to a program, in one file for the whole lab.
 */
#include "init.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int status_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

int status_signal(int status)
{
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static size_t quote(char *to, size_t room, const char *from)
{
	size_t length = 0;

	for (; *from && length + 8 < room; from++) {
		if (*from == '"' || *from == '\\')
			to[length++] = '\\';
		if ((unsigned char)*from < 32)
			length += format(to + length, room - length, "\\u%04x", *from);
		else
			to[length++] = *from;
	}
	to[length] = 0;
	return length;
}

/* One line of JSON, written at once: O_APPEND keeps the lines of all PID 1s whole. */
static void write_event(const char *word, const char *node, const char *process, const char *end)
{
	char line[1024], node_text[200], process_text[400];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	quote(node_text, sizeof node_text, node);
	quote(process_text, sizeof process_text, process);
	int length = format(line, sizeof line,
			      "{\"time\":%lld.%03ld,\"event\":\"%s\",\"node\":\"%s\","
			      "\"process\":\"%s\",%s}\n",
			      (long long)now.tv_sec, now.tv_nsec / 1000000, word, node_text, process_text, end);
	logs_again();
	ssize_t written = write(EVENTS, line, length);
	(void)written;
}

void event(const char *word, const char *node, const char *process, pid_t pid, const int *status)
{
	char end[96];
	int length = format(end, sizeof end, "\"pid\":%d", pid);

	if (status)
		format(end + length, sizeof end - length, ",\"code\":%d,\"signal\":%d", status_code(*status),
			 status_signal(*status));
	write_event(word, node, process, end);
}

void event_count(const char *word, const char *node, const char *process, long long count)
{
	char end[48];

	format(end, sizeof end, "\"count\":%lld", count);
	write_event(word, node, process, end);
}
