/* Records in, lines out: the two notations of the protocol. */
#include "init.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct failure failure;

int fail_with(int number, const char *operation, const char *subject)
{
	failure.number = number;
	format(failure.operation, sizeof failure.operation, "%s", operation);
	format(failure.subject, sizeof failure.subject, "%s", subject ? subject : "");
	return -1;
}

int fail(const char *operation, const char *subject)
{
	return fail_with(errno, operation, subject);
}

/*
 * The count of a record: digits only, so that garbage is told from a record at its first byte. -1 for
 * anything else.
 */
static int count_of(const char *text)
{
	int count = 0;

	if (!*text)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		count = count * 10 + (*text - '0');
		if (count > FIELDS_MAX)
			return -1;
	}
	return count;
}

/* The next NUL-terminated string of the body, or NULL when the body ends before its NUL. */
static char *string_next(struct cursor *cursor)
{
	char *text = cursor->at;
	char *nul = text < cursor->end ? memchr(text, 0, cursor->end - text) : NULL;

	if (!nul)
		return NULL;
	cursor->at = nul + 1;
	return text;
}

/*
 * Says whether a body is whole: every record has its fields, and the last one is `end`. Checked before
 * anything is carried out, so a request that was cut short does nothing at all.
 */
int records_check(char *body, size_t length)
{
	struct cursor cursor = { body, body + length };
	bool ended = false;

	while (cursor.at < cursor.end) {
		char *text = string_next(&cursor), *first = NULL;
		int count = text ? count_of(text) : -1;

		if (ended || count < 1)
			return fail_with(EBADMSG, "request", "");
		for (int i = 0; i < count; i++) {
			text = string_next(&cursor);
			if (!text)
				return fail_with(EBADMSG, "request", first);
			first = first ? first : text;
		}
		ended = count == 1 && !strcmp(first, "end");
	}
	return ended ? 0 : fail_with(EBADMSG, "request", "cut short");
}

/* The next record of a body that records_check has passed. 1, 0 at `end`, -1 when memory is short. */
int record_next(struct cursor *cursor, struct record *record)
{
	int count = count_of(string_next(cursor));

	record->count = count;
	record->field = malloc(((size_t)count + 1) * sizeof *record->field);
	if (!record->field)
		return fail("request", "memory");
	for (int i = 0; i < count; i++)
		record->field[i] = string_next(cursor);
	record->field[count] = NULL;
	return !is(record, "end");
}

void record_free(struct record *record)
{
	free(record->field);
	record->field = NULL;
	record->count = 0;
}

/* A field; one that the sender left out is empty. */
char *field(const struct record *record, int index)
{
	static char empty[1];

	return index < record->count ? record->field[index] : empty;
}

bool is(const struct record *record, const char *word)
{
	return !strcmp(field(record, 0), word);
}

struct decimal decimal(long long value)
{
	struct decimal decimal;

	format(decimal.text, sizeof decimal.text, "%lld", value);
	return decimal;
}

/*
 * Fields to one line: tabs between, `\t`, `\n` and `\\` inside. What does not fit is cut, and the line
 * stays a line.
 */
size_t format_line(char *to, size_t room, const char *const *fields)
{
	size_t length = 0;

	for (int i = 0; fields[i]; i++) {
		if (i && length + 3 < room)
			to[length++] = '\t';
		for (const char *from = fields[i]; *from && length + 3 < room; from++) {
			if (*from == '\t' || *from == '\n' || *from == '\\') {
				to[length++] = '\\';
				to[length++] = *from == '\t' ? 't' : *from == '\n' ? 'n' : '\\';
			} else {
				to[length++] = *from;
			}
		}
	}
	to[length++] = '\n';
	return length;
}

/* A line to a pipe. Nobody may be listening any more, and that is no reason to stop. */
void report_line(int fd, const char *const *fields)
{
	char line[1024];
	ssize_t written = write(fd, line, format_line(line, sizeof line, fields));

	(void)written;
}

void report_failure(int fd)
{
	report_line(fd, LINE("error", failure.operation, failure.subject, decimal(failure.number).text,
			     strerror(failure.number)));
}
