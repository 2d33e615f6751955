/*
 * Numbers and options in text, as strtoull(3) and getopt(3) find them. Those of the C library bring along all that reads and
 * writes files, five kilobytes that each PID 1 would hold for ever.
 */
#include "init.h"

#include <limits.h>
#include <string.h>

/* The number that stands at a place, behind blanks; the place moves behind it. What is too large is the largest. */
unsigned long long digits(const char **at, unsigned base)
{
	unsigned long long value = 0;

	for (*at += strspn(*at, " "); **at; ++*at) {
		unsigned digit = (unsigned char)**at - '0', letter = ((unsigned char)**at | 32) - 'a';

		digit = letter < 6 ? letter + 10 : digit;
		if (digit >= base)
			break;
		value = value > (ULLONG_MAX - digit) / base ? ULLONG_MAX : value * base + digit;
	}
	return value;
}

/* As far as the text is one; hexadecimal behind 0x. */
long long number(const char *text)
{
	bool negative = *text == '-';
	unsigned base = 10;

	text += negative;
	if (text[0] == '0' && text[1] == 'x') {
		text += 2;
		base = 16;
	}
	unsigned long long value = digits(&text, base);
	if (value > LLONG_MAX)
		return negative ? LLONG_MIN : LLONG_MAX;
	return negative ? -(long long)value : (long long)value;
}

/*
 * The next option: its letter, `?` for one that is not known or lacks its value, -1 behind the last. In `known` a colon follows
 * those that have a value. `at` begins with 1, and ends with the first word that is no option.
 */
int option(int argc, char **argv, const char *known, struct option_at *at)
{
	const char *found;
	char letter;

	if (!at->rest || !*at->rest) {
		const char *word = at->index < argc ? argv[at->index] : "";

		if (word[0] != '-' || !word[1])
			return -1;
		at->index++;
		if (!strcmp(word, "--"))
			return -1;
		at->rest = word + 1;
	}
	letter = *at->rest++;
	found = letter == ':' ? NULL : strchr(known, letter);
	if (!found)
		return '?';
	if (found[1] != ':')
		return letter;
	at->value = *at->rest ? at->rest : at->index < argc ? argv[at->index++] : NULL;
	at->rest = NULL;
	return at->value ? letter : '?';
}
