/*
 * snprintf, as far as anything is said here: %s, %.*s, %d, %u, %x, with l or ll and filled up with zeros. That of
 * the C library brings along floating-point numbers, twelve kilobytes that each PID 1 would hold for ever.
 */
#include "init.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define PRINTED_MAX 8192

struct text {
	char *to;
	size_t room, length;
};

static void put(struct text *text, char sign)
{
	if (text->length + 1 < text->room)
		text->to[text->length] = sign;
	text->length++;
}

static void put_number(struct text *text, unsigned long long value, unsigned base, int width)
{
	char digits[24];
	int count = 0;

	do
		digits[count++] = "0123456789abcdef"[value % base];
	while (value /= base);
	for (; width > count; width--)
		put(text, '0');
	while (count)
		put(text, digits[--count]);
}

static void put_signed(struct text *text, long long value, int width)
{
	if (value < 0)
		put(text, '-');
	put_number(text, value < 0 ? -(unsigned long long)value : (unsigned long long)value, 10, width);
}

static long long signed_of(va_list *values, int longs)
{
	return longs > 1 ? va_arg(*values, long long) : longs ? va_arg(*values, long) : va_arg(*values, int);
}

static unsigned long long unsigned_of(va_list *values, int longs)
{
	return longs > 1 ? va_arg(*values, unsigned long long) :
	       longs	 ? va_arg(*values, unsigned long) :
			   va_arg(*values, unsigned);
}

/* What follows a `%`; returns its last sign. */
static const char *put_value(struct text *text, const char *how, va_list *values)
{
	int width = 0, longs = 0, most = -1;

	for (; *how >= '0' && *how <= '9'; how++)
		width = width * 10 + *how - '0';
	if (*how == '.') {
		most = va_arg(*values, int);
		how += 2;
	}
	for (; *how == 'l'; how++)
		longs++;
	if (*how == 's') {
		for (const char *from = va_arg(*values, const char *); most-- && *from; from++)
			put(text, *from);
	} else if (*how == 'd') {
		put_signed(text, signed_of(values, longs), width);
	} else {
		put_number(text, unsigned_of(values, longs), *how == 'x' ? 16 : 10, width);
	}
	return how;
}

static int format_all(char *to, size_t room, const char *how, va_list *values)
{
	struct text text = { to, room, 0 };

	for (; *how; how++) {
		if (*how == '%')
			how = put_value(&text, how + 1, values);
		else
			put(&text, *how);
	}
	if (room)
		to[text.length < room ? text.length : room - 1] = 0;
	return (int)text.length;
}

int format(char *to, size_t room, const char *how, ...)
{
	va_list values;

	va_start(values, how);
	int length = format_all(to, room, how, &values);
	va_end(values);
	return length;
}

/* One line to somebody; what is too long for it is cut off. */
void print(int fd, const char *how, ...)
{
	char line[PRINTED_MAX];
	va_list values;

	va_start(values, how);
	format_all(line, sizeof line, how, &values);
	va_end(values);
	if (write(fd, line, strlen(line)) < 0)
		return;
}
