#include "known_logins.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	unsigned char mac[crypto_generichash_BYTES];
	tstream_account account;
	int64_t ends_at_s; /* 0: there is none */
};

struct known_logins {
	unsigned char secret[SECRET_BYTES];
	pthread_mutex_t lock; /* guards what follows */
	uint64_t round;       /* how often something was forgotten */
	struct entry entries[KNOWN_LOGINS_MAX];
};

struct known_logins *known_logins_new(const unsigned char secret[SECRET_BYTES])
{
	struct known_logins *known = calloc(1, sizeof(*known));

	if (known) {
		memcpy(known->secret, secret, SECRET_BYTES);
		pthread_mutex_init(&known->lock, NULL);
	}
	return known;
}

void known_logins_free(struct known_logins *known)
{
	if (!known)
		return;
	pthread_mutex_destroy(&known->lock);
	sodium_memzero(known->secret, SECRET_BYTES);
	free(known);
}

static void make_mac(const struct known_logins *known, const char *token,
                     unsigned char out[crypto_generichash_BYTES])
{
	crypto_generichash(out, crypto_generichash_BYTES, (const unsigned char *)token, strlen(token),
	                   known->secret, SECRET_BYTES);
}

/* With the lock held.  NULL: it is not there */
static struct entry *find(struct known_logins *known,
                          const unsigned char mac[crypto_generichash_BYTES])
{
	for (struct entry *entry = known->entries; entry < known->entries + KNOWN_LOGINS_MAX; entry++) {
		if (entry->ends_at_s && sodium_memcmp(entry->mac, mac, crypto_generichash_BYTES) == 0)
			return entry;
	}
	return NULL;
}

/* With the lock held. */
static struct entry *find_first_to_end(struct known_logins *known)
{
	struct entry *first = known->entries;

	for (struct entry *entry = known->entries; entry < known->entries + KNOWN_LOGINS_MAX; entry++) {
		if (entry->ends_at_s < first->ends_at_s)
			first = entry;
	}
	return first;
}

static int64_t end_of(const tstream_account *account, int64_t now_s)
{
	int64_t end_s = now_s + KNOWN_LOGINS_LIFETIME_S;
	int64_t expiry_s = account->expires_at_us / 1000000;

	return expiry_s && expiry_s < end_s ? expiry_s : end_s;
}

void known_logins_remember(struct known_logins *known, const char *token,
                           const tstream_account *account, int64_t now_s, uint64_t round)
{
	unsigned char mac[crypto_generichash_BYTES];

	make_mac(known, token, mac);
	pthread_mutex_lock(&known->lock);
	if (round == known->round) {
		struct entry *entry = find(known, mac);
		if (!entry)
			entry = find_first_to_end(known);
		memcpy(entry->mac, mac, sizeof(mac));
		entry->account = *account;
		entry->ends_at_s = end_of(account, now_s);
	}
	pthread_mutex_unlock(&known->lock);
}

void known_logins_forget(struct known_logins *known, const char *token)
{
	unsigned char mac[crypto_generichash_BYTES];

	make_mac(known, token, mac);
	pthread_mutex_lock(&known->lock);
	struct entry *entry = find(known, mac);
	if (entry) {
		entry->ends_at_s = 0;
		known->round++;
	}
	pthread_mutex_unlock(&known->lock);
}

void known_logins_forget_account(struct known_logins *known, const char *account_id)
{
	pthread_mutex_lock(&known->lock);
	known->round++;
	for (struct entry *entry = known->entries; entry < known->entries + KNOWN_LOGINS_MAX; entry++) {
		if (strcmp(entry->account.id, account_id) == 0)
			entry->ends_at_s = 0;
	}
	pthread_mutex_unlock(&known->lock);
}

bool known_logins_find(struct known_logins *known, const char *token, int64_t now_s,
                       tstream_account *out_account, uint64_t *out_round)
{
	unsigned char mac[crypto_generichash_BYTES];

	make_mac(known, token, mac);
	pthread_mutex_lock(&known->lock);
	const struct entry *entry = find(known, mac);
	bool is_known = entry && now_s < entry->ends_at_s;
	*out_round = known->round;
	if (is_known)
		*out_account = entry->account;
	pthread_mutex_unlock(&known->lock);
	return is_known;
}
