#include "cluster.h"

#include "clock.h"
#include "cluster_list.h"
#include "keeper.h"
#include "server.h"

#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND_US INT64_C(1000000)
/* What a server that died is believed for at most, and how often the living say that they are. */
#define TTL_S 60
#define REFRESH_US (15 * SECOND_US)
/* Two that come at once each write a list without the other; soon after they see it. */
#define SECOND_LOOK_US SECOND_US
/* While Redis is gone, which costs nothing to ask. */
#define RETRY_US (2 * SECOND_US)
#define PORT_RETRY_US (SECOND_US / 5)
/* Between two torrents, so that searches find the connection to Redis free. */
#define PACE_US (SECOND_US / 50)

/* A torrent that is open; the thread's own. */
struct entry {
	char infohash[TSTREAM_INFOHASH_BYTES];
	bool is_seen; /* in this round */
	bool is_told; /* Redis knows that we have it */
	int64_t due_us;
	struct cluster_list others;
};

struct cluster {
	tstream_cache *cache;
	tstream_session *session;
	struct keeper *keeper;
	char host[CLUSTER_ADDRESS_BYTES];    /* in brackets if it is IPv6 */
	uint16_t port;                       /* 0: the session's */
	char address[CLUSTER_ADDRESS_BYTES]; /* "" until the session listens */
	unsigned entry_count;
	struct entry entries[CLUSTER_MAX_TORRENTS];

	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t changed;
	bool is_woken;
	bool is_stopping;
	unsigned told_count;
	unsigned server_count;
};

enum { KEY_BYTES = sizeof("peers:") + TSTREAM_INFOHASH_BYTES };

static void make_key(const char *infohash, char key[KEY_BYTES])
{
	snprintf(key, KEY_BYTES, "peers:%s", infohash);
}

/* -- one torrent ---------------------------------------------------------- */

static void tell_of_others(tstream_torrent *torrent, const struct cluster_list *before,
                           const struct cluster_list *now)
{
	for (unsigned i = 0; i < now->count; i++) {
		if (!cluster_list_has(before, now->members[i].address))
			(void)tstream_torrent_prefer_peer(torrent, now->members[i].address);
	}
}

/* Who has it open, but for us.  0, also if nobody does; ENET, ENOMEM */
static int read_others(const struct cluster *cluster, const char *infohash, const char *own,
                       struct cluster_list *out_others)
{
	char key[KEY_BYTES];
	void *value = NULL;
	size_t size = 0;

	make_key(infohash, key);
	int code = tstream_cache_get_copy(cluster->cache, key, &value, &size);
	if (code && code != TSTREAM_ENOENT)
		return code;
	cluster_list_read(out_others, value ? value : "", own, clock_wall_s(), TTL_S);
	tstream_free(value);
	return 0;
}

bool cluster_knows(struct cluster *cluster, const char *infohash)
{
	struct cluster_list others = {.count = 0};

	/* The host will do to tell whether we are on loopback: the port may not be known yet. */
	return cluster && read_others(cluster, infohash, cluster->host, &others) == 0 &&
	       others.count > 0;
}

/* A list without us in it comes back with us: two that write at once heal at the next look. */
static int exchange_lists(const struct cluster *cluster, const char *infohash,
                          struct cluster_list *out_others)
{
	char key[KEY_BYTES];
	char text[CLUSTER_LIST_BYTES];
	int code = read_others(cluster, infohash, cluster->address, out_others);

	if (code)
		return code;
	struct cluster_list all = *out_others;
	cluster_list_add(&all, cluster->address, clock_wall_s() + TTL_S);
	make_key(infohash, key);
	return tstream_cache_put(cluster->cache, key, text, cluster_list_write(&all, text),
	                         TTL_S * SECOND_US);
}

/* Before its metadata is known nobody knows whether it is private, and nothing is said of it; but
 * of a private one the others say nothing either.  So they may be asked at once, even for the
 * metadata. */
static int ask_or_exchange(const struct cluster *cluster, struct entry *entry,
                           tstream_torrent *torrent, struct cluster_list *out_others)
{
	if (tstream_torrent_wait_metadata(torrent, 0, NULL))
		return read_others(cluster, entry->infohash, cluster->address, out_others);
	if (tstream_torrent_is_private(torrent))
		return 0;
	int code = exchange_lists(cluster, entry->infohash, out_others);
	entry->is_told = code == 0;
	return code;
}

static void tend(const struct cluster *cluster, struct entry *entry, tstream_torrent *torrent)
{
	struct cluster_list others = {.count = 0};
	bool was_told = entry->is_told;
	int64_t now_us = clock_now_us();

	entry->is_told = false;
	int code = ask_or_exchange(cluster, entry, torrent, &others);
	entry->due_us = now_us + (code                          ? RETRY_US
	                          : entry->is_told && !was_told ? SECOND_LOOK_US
	                                                        : REFRESH_US);
	if (code == TSTREAM_ENET)
		return; /* who was there may be there still */
	tell_of_others(torrent, &entry->others, &others);
	entry->others = others;
}

/* -- all of them ---------------------------------------------------------- */

static struct entry *entry_of(struct cluster *cluster, const char *infohash)
{
	for (unsigned i = 0; i < cluster->entry_count; i++) {
		if (strcmp(cluster->entries[i].infohash, infohash) == 0)
			return &cluster->entries[i];
	}
	if (cluster->entry_count == CLUSTER_MAX_TORRENTS)
		return NULL;
	struct entry *made = &cluster->entries[cluster->entry_count++];
	memset(made, 0, sizeof(*made));
	snprintf(made->infohash, sizeof(made->infohash), "%s", infohash);
	return made;
}

static void forget_unseen(struct cluster *cluster)
{
	for (unsigned i = cluster->entry_count; i-- > 0;) {
		if (!cluster->entries[i].is_seen)
			cluster->entries[i] = cluster->entries[--cluster->entry_count];
		else
			cluster->entries[i].is_seen = false;
	}
}

static bool is_stopping(struct cluster *cluster)
{
	pthread_mutex_lock(&cluster->lock);
	bool stops = cluster->is_stopping;
	pthread_mutex_unlock(&cluster->lock);
	return stops;
}

static void tend_if_due(struct cluster *cluster, tstream_torrent *torrent, bool is_woken)
{
	const struct timespec pace = {.tv_nsec = PACE_US * 1000};
	struct entry *entry = entry_of(cluster, tstream_torrent_get_infohash(torrent));

	if (!entry)
		return;
	entry->is_seen = true;
	/* What woke us may be about one of which nobody was told yet. */
	bool is_due = clock_now_us() >= entry->due_us || (is_woken && !entry->is_told);
	if (!is_due || is_stopping(cluster))
		return;
	bool was_told = entry->is_told;
	tend(cluster, entry, torrent);
	if (was_told || !entry->is_told)
		nanosleep(&pace, NULL); /* nobody waits for these */
}

/* The distinct others, and how many torrents Redis knows of. */
static void count(struct cluster *cluster)
{
	struct cluster_list all = {.count = 0};
	unsigned told_count = 0;

	for (unsigned i = 0; i < cluster->entry_count; i++) {
		const struct cluster_list *others = &cluster->entries[i].others;
		told_count += cluster->entries[i].is_told;
		for (unsigned j = 0; j < others->count && all.count < CLUSTER_MAX_MEMBERS; j++) {
			if (!cluster_list_has(&all, others->members[j].address))
				cluster_list_add(&all, others->members[j].address, 0);
		}
	}
	pthread_mutex_lock(&cluster->lock);
	cluster->told_count = told_count;
	cluster->server_count = all.count;
	pthread_mutex_unlock(&cluster->lock);
}

/* Where the others reach us. */
static bool learn_address(struct cluster *cluster)
{
	tstream_session_stats stats = TSTREAM_SESSION_STATS_INIT;
	char text[CLUSTER_ADDRESS_BYTES + 8];
	uint16_t port = cluster->port;

	if (cluster->address[0])
		return true;
	if (!port && tstream_session_get_stats(cluster->session, &stats) == 0)
		port = (uint16_t)stats.listen_port;
	if (!port)
		return false;
	snprintf(text, sizeof(text), "%s:%u", cluster->host, port);
	return cluster_address_clean(text, cluster->address);
}

/* Gives when to look again. */
static int64_t look_at_all(struct cluster *cluster, bool is_woken)
{
	tstream_torrent *torrents[CLUSTER_MAX_TORRENTS];
	int64_t next_us = clock_now_us() + REFRESH_US;

	if (!learn_address(cluster))
		return clock_now_us() + PORT_RETRY_US;
	unsigned torrent_count = keeper_list(cluster->keeper, torrents, CLUSTER_MAX_TORRENTS);
	for (unsigned i = 0; i < torrent_count; i++) {
		tend_if_due(cluster, torrents[i], is_woken);
		tstream_torrent_unref(torrents[i]);
	}
	forget_unseen(cluster);
	count(cluster);
	for (unsigned i = 0; i < cluster->entry_count; i++) {
		if (cluster->entries[i].due_us < next_us)
			next_us = cluster->entries[i].due_us;
	}
	return next_us;
}

/* With the lock held: until then, or until there is something to do.  Gives whether there is. */
static bool rest(struct cluster *cluster, int64_t until_us)
{
	struct timespec until = {.tv_sec = (time_t)(until_us / SECOND_US),
	                         .tv_nsec = (long)(until_us % SECOND_US) * 1000};
	int failed = 0;

	while (!cluster->is_woken && !cluster->is_stopping && !failed)
		failed = pthread_cond_timedwait(&cluster->changed, &cluster->lock, &until);
	bool is_woken = cluster->is_woken;
	cluster->is_woken = false;
	return is_woken;
}

static void *keep_together(void *argument)
{
	struct cluster *cluster = argument;
	int64_t next_us = 0;

	pthread_mutex_lock(&cluster->lock);
	while (!cluster->is_stopping) {
		bool is_woken = rest(cluster, next_us);
		pthread_mutex_unlock(&cluster->lock);
		next_us = look_at_all(cluster, is_woken);
		pthread_mutex_lock(&cluster->lock);
	}
	pthread_mutex_unlock(&cluster->lock);
	return NULL;
}

void cluster_wake(struct cluster *cluster)
{
	if (!cluster)
		return;
	pthread_mutex_lock(&cluster->lock);
	cluster->is_woken = true;
	pthread_cond_signal(&cluster->changed);
	pthread_mutex_unlock(&cluster->lock);
}

json_t *cluster_to_json(struct cluster *cluster)
{
	if (!cluster)
		return json_null();
	pthread_mutex_lock(&cluster->lock);
	json_t *object = json_pack("{s:I, s:I}", "torrent_count", (json_int_t)cluster->told_count,
	                           "server_count", (json_int_t)cluster->server_count);
	pthread_mutex_unlock(&cluster->lock);
	return object;
}

/* -- opening and closing -------------------------------------------------- */

/* A name is looked up once: containers know theirs, and not always their address. */
static bool resolve(struct cluster *cluster, const char *host)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	char digits[CLUSTER_ADDRESS_BYTES - 2];

	if (getaddrinfo(host, NULL, &hints, &found))
		return false;
	bool is_known = getnameinfo(found->ai_addr, found->ai_addrlen, digits, sizeof(digits), NULL, 0,
	                            NI_NUMERICHOST) == 0;
	bool is_v6 = found->ai_family == AF_INET6;
	freeaddrinfo(found);
	if (is_known)
		snprintf(cluster->host, sizeof(cluster->host), is_v6 ? "[%s]" : "%s", digits);
	return is_known;
}

/* "HOST:PORT", of which settings.c has seen that both are there. */
static int take_address(struct cluster *cluster, const char *text, tstream_error *err)
{
	char host[256];
	char clean[CLUSTER_ADDRESS_BYTES];
	char sample[CLUSTER_ADDRESS_BYTES + 8];
	const char *colon = strrchr(text, ':');
	bool is_bracketed = text[0] == '[';

	snprintf(host, sizeof(host), "%.*s", (int)(colon - text) - 2 * is_bracketed,
	         text + is_bracketed);
	cluster->port = (uint16_t)strtoul(colon + 1, NULL, 10);
	if (resolve(cluster, host)) {
		snprintf(sample, sizeof(sample), "%s:%u", cluster->host,
		         cluster->port ? cluster->port : 6881);
		if (cluster_address_clean(sample, clean))
			return 0;
	}
	snprintf(err->message, sizeof(err->message),
	         "CLUSTER_ADDRESS %.100s is not where other servers could reach this one: name a host "
	         "and the port of LISTEN, from 1024 on",
	         text);
	return TSTREAM_EINVAL;
}

static int start_thread(struct cluster *cluster, tstream_error *err)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&cluster->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&cluster->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	if (pthread_create(&cluster->thread, NULL, keep_together, cluster) == 0)
		return 0;
	pthread_cond_destroy(&cluster->changed);
	pthread_mutex_destroy(&cluster->lock);
	snprintf(err->message, sizeof(err->message), "No thread could be started.");
	return TSTREAM_ENOMEM;
}

int cluster_open(struct server *server, struct cluster **out_cluster, tstream_error *err)
{
	const char *address = server->settings.cluster_address;

	*out_cluster = NULL;
	if (!address)
		return 0;
	struct cluster *cluster = calloc(1, sizeof(*cluster));
	if (!cluster) {
		snprintf(err->message, sizeof(err->message), "Out of memory.");
		return TSTREAM_ENOMEM;
	}
	cluster->cache = server->finder.cache;
	cluster->session = server->session;
	cluster->keeper = server->keeper;
	int code = take_address(cluster, address, err);
	if (code == 0)
		code = start_thread(cluster, err);
	if (code)
		free(cluster);
	else
		*out_cluster = cluster;
	return code;
}

void cluster_close(struct cluster *cluster)
{
	if (!cluster)
		return;
	pthread_mutex_lock(&cluster->lock);
	cluster->is_stopping = true;
	pthread_cond_signal(&cluster->changed);
	pthread_mutex_unlock(&cluster->lock);
	pthread_join(cluster->thread, NULL);
	pthread_cond_destroy(&cluster->changed);
	pthread_mutex_destroy(&cluster->lock);
	free(cluster);
}
