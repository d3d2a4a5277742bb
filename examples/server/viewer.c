#include "viewer.h"

#include "front.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define ID_BYTES 32
#define ID_TEXT_BYTES sodium_base64_ENCODED_LEN(ID_BYTES, BASE64)
#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define KEY_BYTES 16

/* Browsers keep no cookie for longer: 400 days. */
#define SESSION_LIFETIME_S ((int64_t)400 * 24 * 3600)

bool viewer_is_session_id(const char *text)
{
	unsigned char bytes[ID_BYTES];
	size_t size;

	return strlen(text) == ID_TEXT_BYTES - 1 &&
	       sodium_base642bin(bytes, sizeof(bytes), text, ID_TEXT_BYTES - 1, NULL, &size, NULL,
	                         BASE64) == 0 &&
	       size == sizeof(bytes);
}

/* kind keeps the hashes of cookies and addresses apart. */
static void make_key(char kind, const char *text, const unsigned char *secret, size_t secret_size,
                     char out[LINK_VIEWER_BYTES])
{
	unsigned char hash[KEY_BYTES];

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)text, strlen(text), secret,
	                   secret_size);
	out[0] = kind;
	out[1] = '-';
	sodium_bin2hex(out + 2, 2 * KEY_BYTES + 1, hash, sizeof(hash));
}

void viewer_key_of_session(const char *session_id, char out[LINK_VIEWER_BYTES])
{
	/* Nobody guesses 256 random bits; without the secret, servers agree on the hash. */
	make_key('s', session_id, NULL, 0, out);
}

void viewer_find_session(struct request *request)
{
	const char *cookies = request_header(request, "Cookie");
	char value[ID_TEXT_BYTES + 1];

	if (!request->viewer[0] && cookies &&
	    mg_get_cookie(cookies, VIEWER_SESSION_COOKIE, value, sizeof(value)) > 0 &&
	    viewer_is_session_id(value))
		viewer_key_of_session(value, request->viewer);
}

void viewer_set_cookie(struct request *request, const char *name, const char *value,
                       int64_t lifetime_s)
{
	struct text text;
	size_t used = strlen(request->cookies);

	text_init(&text, request->cookies + used, sizeof(request->cookies) - used);
	text_addf(&text, "Set-Cookie: %s=%s; Path=/; Max-Age=%" PRId64 "; HttpOnly; SameSite=Lax%s\r\n",
	          name, value, value[0] ? lifetime_s : 0, front_is_https(request) ? "; Secure" : "");
}

void viewer_begin_session(struct request *request)
{
	unsigned char bytes[ID_BYTES];
	char value[ID_TEXT_BYTES];

	if (request->viewer[0])
		return;
	randombytes_buf(bytes, sizeof(bytes));
	sodium_bin2base64(value, sizeof(value), bytes, sizeof(bytes), BASE64);
	viewer_set_cookie(request, VIEWER_SESSION_COOKIE, value, SESSION_LIFETIME_S);
	viewer_key_of_session(value, request->viewer);
}

void viewer_take_address(struct request *request)
{
	char address[FRONT_ADDRESS_BYTES];

	if (request->viewer[0])
		return;
	front_client_address(request, address);
	make_key('p', address, request->server->secret, sizeof(request->server->secret),
	         request->viewer);
}
