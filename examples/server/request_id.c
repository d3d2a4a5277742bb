#include "request_id.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* Nothing that needs quoting in a log, a header or a shell. */
bool request_id_is_well_formed(const char *text)
{
	size_t size = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                           "0123456789._-");

	return text[size] == '\0' && size > 0 && size < REQUEST_ID_BYTES;
}

static void make(char out[REQUEST_ID_BYTES])
{
	unsigned char noise[16];

	/* It is a name and no secret: should there be no randomness, all zeros do no harm. */
	if (getrandom(noise, sizeof(noise), 0) != (ssize_t)sizeof(noise))
		memset(noise, 0, sizeof(noise));
	for (size_t i = 0; i < sizeof(noise); i++)
		snprintf(out + 2 * i, 3, "%02x", noise[i]);
}

void request_id_choose(const char *offered, char out[REQUEST_ID_BYTES])
{
	if (offered && request_id_is_well_formed(offered))
		memcpy(out, offered, strlen(offered) + 1);
	else
		make(out);
}
