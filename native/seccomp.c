/* A filter of system calls: a program of classic BPF that somebody else has written, handed to the kernel. */
#include "init.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#define DIGITS 16		/* of one instruction: code, jump if true, jump if false, operand */
#define INSTRUCTIONS_MAX 4096	/* BPF_MAXINSNS */
#define MODE_FILTER 2		/* SECCOMP_MODE_FILTER */

/* As <linux/filter.h> has them, which not every C library finds. */
struct instruction {
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
};
struct program {
	unsigned short length;
	struct instruction *code;
};

static uint32_t hex(const char *from, size_t length)
{
	char text[9] = "";
	const char *at = text;

	memcpy(text, from, length);
	return digits(&at, 16);
}

/* The pieces `seccomp DIGITS` of a list are one program; a list without any installs nothing. */
int seccomp_install(char *const *list)
{
	struct program program = { 0, NULL };
	size_t length = 0;
	char *text, *at;

	for (char *const *word = list; word && word[0] && word[1]; word += 2)
		length += strcmp(word[0], "seccomp") ? 0 : strlen(word[1]);
	if (!length)
		return 0;
	if (length % DIGITS || length / DIGITS > INSTRUCTIONS_MAX)
		return fail_with(EINVAL, "seccomp", "filter");
	text = malloc(length + 1);
	program.code = calloc(length / DIGITS, sizeof *program.code);
	if (!text || !program.code)
		return fail("seccomp", "memory");
	at = text;
	for (char *const *word = list; word[0] && word[1]; word += 2)
		if (!strcmp(word[0], "seccomp"))
			at = stpcpy(at, word[1]);
	for (const char *from = text; from < at; from += DIGITS)
		program.code[program.length++] = (struct instruction){
			(uint16_t)hex(from, 4),
			(uint8_t)hex(from + 4, 2),
			(uint8_t)hex(from + 6, 2),
			hex(from + 8, 8),
		};
	int bad = prctl(PR_SET_SECCOMP, MODE_FILTER, &program, 0, 0) ? fail("seccomp", "filter") : 0;
	free(text);
	free(program.code);
	return bad;
}
