#include "core/secrets.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"

#define MIN_KEY_BYTES 16 /* a word of letters and digits this long is hardly a word */

static const char *const key_words[] = {"key", "pass", "token", "auth", "secret", "sid"};

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool remember(tsi_secrets *secrets, const char *text, size_t size)
{
	char *copy;

	if (size < TSI_MIN_SECRET_BYTES || secrets->count == TSI_MAX_SECRETS)
		return true;
	copy = strndup(text, size);
	if (!copy)
		return false;
	secrets->texts[secrets->count++] = copy;
	return true;
}

static char *percent_encode(const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t size = strlen(text);
	char *encoded = malloc(size * 3 + 1);
	char *to = encoded;

	for (; encoded && *text; text++) {
		if (is_alnum(*text) || strchr("-._~", *text)) {
			*to++ = *text;
			continue;
		}
		*to++ = '%';
		*to++ = digits[(unsigned char)*text >> 4];
		*to++ = digits[(unsigned char)*text & 15];
	}
	if (encoded)
		*to = '\0';
	return encoded;
}

bool tsi_secrets_add(tsi_secrets *secrets, const char *text)
{
	char *encoded = percent_encode(text);
	bool is_kept = encoded && remember(secrets, text, strlen(text));

	if (is_kept && strcmp(encoded, text) != 0)
		is_kept = remember(secrets, encoded, strlen(encoded));
	free(encoded);
	return is_kept;
}

static bool names_a_key(const char *name, size_t size)
{
	for (size_t at = 0; at < size; at++) {
		for (size_t i = 0; i < sizeof(key_words) / sizeof(key_words[0]); i++) {
			if (strlen(key_words[i]) <= size - at && tsi_text_starts_with(name + at, key_words[i]))
				return true;
		}
	}
	return false;
}

static bool looks_like_a_key(const char *text, size_t size)
{
	bool has_digit = false;

	for (size_t i = 0; i < size; i++) {
		if (!is_alnum(text[i]))
			return false;
		has_digit |= text[i] >= '0' && text[i] <= '9';
	}
	return has_digit && size >= MIN_KEY_BYTES;
}

static bool remember_part(tsi_secrets *secrets, const char *part, size_t size)
{
	const char *equals = memchr(part, '=', size);
	const char *value = equals ? equals + 1 : part;
	size_t value_size = size - (size_t)(value - part);
	bool is_named = equals && names_a_key(part, (size_t)(equals - part));
	char *decoded;
	bool is_kept = true;

	if (!is_named && !looks_like_a_key(value, value_size))
		return true;
	decoded = strndup(value, value_size);
	if (!decoded)
		return false;
	is_kept = remember(secrets, value, value_size);
	decoded[tsi_text_percent_decode(decoded, value_size)] = '\0';
	if (is_kept && strncmp(decoded, value, value_size) != 0)
		is_kept = remember(secrets, decoded, strlen(decoded));
	free(decoded);
	return is_kept;
}

bool tsi_secrets_add_url(tsi_secrets *secrets, const char *url)
{
	const char *start = strstr(url, "://");
	const char *at = start ? strchr(start + 3, '/') : NULL;

	/* Each part of the path and each parameter. */
	while (at && *at) {
		size_t size = strcspn(at + 1, "/?&;#");

		if (!remember_part(secrets, at + 1, size))
			return false;
		at += 1 + size;
	}
	return true;
}

void tsi_secrets_hide(const tsi_secrets *secrets, char *text)
{
	for (size_t i = 0; text && i < secrets->count; i++) {
		size_t size = strlen(secrets->texts[i]);

		for (char *at = text; *at; at++) {
			if (tsi_text_starts_with(at, secrets->texts[i]))
				memset(at, '*', size);
		}
	}
}

void tsi_secrets_clear(tsi_secrets *secrets)
{
	for (size_t i = 0; i < secrets->count; i++)
		free(secrets->texts[i]);
	secrets->count = 0;
}
