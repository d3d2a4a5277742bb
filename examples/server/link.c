#include "link.h"

#include "query.h"
#include "text.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#define MAC_TEXT_BYTES sodium_base64_ENCODED_LEN(crypto_auth_BYTES, BASE64)
#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING

_Static_assert(crypto_auth_KEYBYTES == LINK_KEY_BYTES, "libsodium's key is as long as ours");

/* What stands before it keeps MACs of other uses of the key apart. */
static void make_mac(const struct link *link, const unsigned char key[LINK_KEY_BYTES],
                     unsigned char mac[crypto_auth_BYTES])
{
	static const char *const kinds[] = {"stream", "playlist"};
	char memory[320];
	struct text message;

	text_init(&message, memory, sizeof(memory));
	text_addf(&message, "tstream link 1\n%s\n%s\n%" PRIu32 "\n%" PRId64 "\n%s", kinds[link->kind],
	          link->infohash, link->file_index, link->expires_at_s, link->viewer);
	crypto_auth(mac, (const unsigned char *)message.data, message.size, key);
}

void link_sign(const struct link *link, const unsigned char key[LINK_KEY_BYTES],
               char out[LINK_BYTES])
{
	unsigned char mac[crypto_auth_BYTES];
	char mac_text[MAC_TEXT_BYTES];
	struct text text;

	make_mac(link, key, mac);
	sodium_bin2base64(mac_text, sizeof(mac_text), mac, sizeof(mac), BASE64);
	text_init(&text, out, LINK_BYTES);
	text_addf(&text, "%" PRId64 ".%s.%s", link->expires_at_s, link->viewer, mac_text);
}

/* The next part of text, up to a '.'.  false if there is none, or it is too long. */
static bool take_part(const char **text, char *out, size_t capacity)
{
	size_t size = strcspn(*text, ".");

	if (size >= capacity || (*text)[size] != '.')
		return false;
	memcpy(out, *text, size);
	out[size] = '\0';
	*text += size + 1;
	return true;
}

/* Into its fields and its signature.  false: it has another form. */
static bool parse(struct link *link, const char *text, unsigned char mac[crypto_auth_BYTES])
{
	char expiry[24];
	uint64_t expires_at_s;
	size_t mac_size;

	if (!take_part(&text, expiry, sizeof(expiry)) ||
	    !take_part(&text, link->viewer, sizeof(link->viewer)) ||
	    query_number(expiry, INT64_MAX, &expires_at_s) || (expiry[0] == '0' && expiry[1]) ||
	    sodium_base642bin(mac, crypto_auth_BYTES, text, strlen(text), NULL, &mac_size, NULL,
	                      BASE64) ||
	    mac_size != crypto_auth_BYTES)
		return false;
	link->expires_at_s = (int64_t)expires_at_s;
	return true;
}

enum link_result link_check(struct link *link, const unsigned char key[LINK_KEY_BYTES],
                            const char *text, int64_t now_s)
{
	unsigned char theirs[crypto_auth_BYTES], ours[crypto_auth_BYTES];
	bool is_good = parse(link, text, theirs);

	if (is_good) {
		make_mac(link, key, ours);
		is_good = sodium_memcmp(ours, theirs, sizeof(ours)) == 0;
	}
	if (is_good && (link->expires_at_s == 0 || now_s < link->expires_at_s))
		return LINK_GOOD;
	link->viewer[0] = '\0';
	return is_good ? LINK_EXPIRED : LINK_FORGED;
}
