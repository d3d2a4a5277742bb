#include "fake_engine.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fake_engine_internal.h"

/* -- contents ------------------------------------------------------------- */

uint64_t fake_content_bytes(const fake_content *content)
{
	return fake_content_file_offset(content, content->file_count);
}

uint32_t fake_content_piece_count(const fake_content *content)
{
	return (uint32_t)((fake_content_bytes(content) + content->piece_size - 1) /
	                  content->piece_size);
}

uint64_t fake_content_file_offset(const fake_content *content, uint32_t file_index)
{
	uint64_t offset = 0;
	for (uint32_t i = 0; i < file_index; i++)
		offset += content->files[i].size;
	return offset;
}

uint8_t fake_engine_byte(uint64_t position)
{
	/* Differs between neighbours and between pieces. */
	return (uint8_t)((position * 31 + (position >> 8) * 17 + (position >> 16)) & 0xFF);
}

tsi_metadata *fake_content_metadata(const fake_content *content)
{
	tsi_metadata *metadata = calloc(1, sizeof(*metadata));
	if (!metadata)
		return NULL;
	metadata->files = calloc((size_t)content->file_count + 1, sizeof(*metadata->files));
	metadata->name = strdup(content->name);
	bool is_whole = metadata->files && metadata->name;
	metadata->infohash = content->infohash;
	metadata->is_private = content->is_private;
	metadata->total_bytes = fake_content_bytes(content);
	metadata->piece_size = content->piece_size;
	metadata->piece_count = fake_content_piece_count(content);
	metadata->file_count = content->file_count;
	for (uint32_t i = 0; is_whole && i < content->file_count; i++) {
		metadata->files[i].path = strdup(content->files[i].path);
		metadata->files[i].offset = fake_content_file_offset(content, i);
		metadata->files[i].size = content->files[i].size;
		metadata->files[i].is_pad = content->files[i].is_pad;
		is_whole = metadata->files[i].path != NULL;
	}
	if (is_whole)
		return metadata;
	tsi_metadata_free(metadata);
	return NULL;
}

/* -- the session ---------------------------------------------------------- */

static const char *fake_version(void)
{
	return "fake 1.0";
}

static int fake_parse(const void *bytes, size_t size, tsi_metadata **out_metadata,
                      tstream_error *err)
{
	fake_torrent_file file;
	const char *info = memmem(bytes, size, FAKE_INFO, strlen(FAKE_INFO));
	if (info &&
	    (size_t)((const char *)bytes + size - info) == strlen(FAKE_INFO) + sizeof(file) + 1) {
		bytes = info + strlen(FAKE_INFO);
		size = sizeof(file);
	}
	if (size == sizeof(file))
		memcpy(&file, bytes, size);
	if (size != sizeof(file) || memcmp(file.magic, FAKE_MAGIC, sizeof(file.magic)) != 0) {
		if (err)
			*err = (tstream_error){TSTREAM_EINVAL, "this is no .torrent file"};
		return TSTREAM_EINVAL;
	}
	*out_metadata = fake_content_metadata(file.content);
	return *out_metadata ? TSTREAM_OK : TSTREAM_ENOMEM;
}

static int fake_open(const tsi_engine_options *options, const tsi_engine_events *events,
                     tsi_engine **out_engine, tstream_error *err)
{
	(void)options;
	(void)err;
	tsi_engine *engine = calloc(1, sizeof(*engine));
	if (!engine)
		return TSTREAM_ENOMEM;
	engine->events = *events;
	pthread_mutex_init(&engine->mutex, NULL);
	*out_engine = engine;
	return TSTREAM_OK;
}

static int refuse_open(const tsi_engine_options *options, const tsi_engine_events *events,
                       tsi_engine **out_engine, tstream_error *err)
{
	(void)options;
	(void)events;
	(void)out_engine;
	if (err)
		*err = (tstream_error){TSTREAM_EACCES, "the fake engine does not open"};
	return TSTREAM_EACCES;
}

static void torrent_free(tsi_engine_torrent *torrent)
{
	pthread_mutex_destroy(&torrent->delivery);
	pthread_mutex_destroy(&torrent->mutex);
	pthread_cond_destroy(&torrent->recorded);
	free(torrent->have);
	free(torrent->evicted);
	free(torrent->plan);
	free(torrent);
}

static void fake_close(tsi_engine *engine)
{
	/* The contract: all were removed before. */
	if (fake_engine_torrent_count(engine) != 0)
		abort();
	while (engine->torrents) {
		tsi_engine_torrent *torrent = engine->torrents;
		engine->torrents = torrent->next;
		torrent_free(torrent);
	}
	pthread_mutex_destroy(&engine->mutex);
	free(engine);
}

static void fake_get_stats(tsi_engine *engine, tsi_engine_stats *out_stats)
{
	(void)engine;
	*out_stats = (tsi_engine_stats){.peer_count = 3, .listen_port = 6881, .dht_node_count = 7};
}

static int fake_save_state(tsi_engine *engine, void **out_bytes, size_t *out_size)
{
	(void)engine;
	*out_bytes = strdup("nodes");
	*out_size = 5;
	return *out_bytes ? TSTREAM_OK : TSTREAM_ENOMEM;
}

void fake_engine_be_eager(tsi_engine *engine, const fake_content *content)
{
	pthread_mutex_lock(&engine->mutex);
	engine->eager = content;
	pthread_mutex_unlock(&engine->mutex);
}

void fake_engine_refuse_add(tsi_engine *engine, int code)
{
	pthread_mutex_lock(&engine->mutex);
	engine->refusal = code;
	pthread_mutex_unlock(&engine->mutex);
}

void fake_engine_warn(tsi_engine *engine, const char *message)
{
	engine->events.warning(engine->events.user, message);
}

unsigned fake_engine_torrent_count(tsi_engine *engine)
{
	unsigned count = 0;
	pthread_mutex_lock(&engine->mutex);
	for (tsi_engine_torrent *torrent = engine->torrents; torrent; torrent = torrent->next) {
		pthread_mutex_lock(&torrent->mutex);
		count += !torrent->is_removed;
		pthread_mutex_unlock(&torrent->mutex);
	}
	pthread_mutex_unlock(&engine->mutex);
	return count;
}

/* -- joining and leaving -------------------------------------------------- */

static tsi_engine_torrent *torrent_new(tsi_engine *engine, const tsi_engine_add *add,
                                       const tsi_engine_torrent_events *events, void *user)
{
	tsi_engine_torrent *torrent = calloc(1, sizeof(*torrent));
	if (!torrent)
		return NULL;
	torrent->engine = engine;
	torrent->events = *events;
	torrent->user = user;
	torrent->stats.waiting_estimate_us = -1;
	torrent->record.tracker_count = add->tracker_count;
	torrent->record.resume_size = add->resume_size;
	if (add->resume_bytes && add->resume_size < sizeof(torrent->record.resume))
		memcpy(torrent->record.resume, add->resume_bytes, add->resume_size);
	pthread_mutex_init(&torrent->delivery, NULL);
	pthread_mutex_init(&torrent->mutex, NULL);
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&torrent->recorded, &attributes);
	pthread_condattr_destroy(&attributes);
	return torrent;
}

static int fake_add(tsi_engine *engine, const tsi_engine_add *add,
                    const tsi_engine_torrent_events *events, void *user,
                    tsi_engine_torrent **out_torrent, tstream_error *err)
{
	pthread_mutex_lock(&engine->mutex);
	int refusal = engine->refusal;
	const fake_content *eager = engine->eager;
	engine->refusal = 0;
	pthread_mutex_unlock(&engine->mutex);
	if (refusal) {
		if (err)
			*err = (tstream_error){refusal, "refused by the test"};
		return refusal;
	}
	tsi_engine_torrent *torrent = torrent_new(engine, add, events, user);
	if (!torrent)
		return TSTREAM_ENOMEM;
	if (eager && fake_engine_deliver_metadata(torrent, eager))
		fake_engine_deliver_ready(torrent, 0);
	pthread_mutex_lock(&engine->mutex);
	torrent->next = engine->torrents;
	engine->torrents = torrent;
	pthread_mutex_unlock(&engine->mutex);
	*out_torrent = torrent;
	return TSTREAM_OK;
}

static void fake_remove(tsi_engine_torrent *torrent)
{
	pthread_mutex_lock(&torrent->delivery);
	if (torrent->content)
		torrent->events.resume_data(torrent->user, "resumed", strlen("resumed"));
	pthread_mutex_lock(&torrent->mutex);
	torrent->is_removed = true;
	pthread_mutex_unlock(&torrent->mutex);
	pthread_mutex_unlock(&torrent->delivery);
}

static void fake_merge(tsi_engine_torrent *torrent, const tsi_engine_add *add)
{
	pthread_mutex_lock(&torrent->mutex);
	torrent->record.merge_count++;
	torrent->record.tracker_count += add->tracker_count;
	pthread_mutex_unlock(&torrent->mutex);
}

static int fake_add_peer(tsi_engine_torrent *torrent, const char *address)
{
	if (!strchr(address, ':'))
		return TSTREAM_EINVAL;
	pthread_mutex_lock(&torrent->mutex);
	snprintf(torrent->record.peer, sizeof(torrent->record.peer), "%s", address);
	pthread_mutex_unlock(&torrent->mutex);
	return TSTREAM_OK;
}

static int fake_prefer_peer(tsi_engine_torrent *torrent, const char *address)
{
	if (!strchr(address, ':'))
		return TSTREAM_EINVAL;
	pthread_mutex_lock(&torrent->mutex);
	snprintf(torrent->record.preferred, sizeof(torrent->record.preferred), "%s", address);
	pthread_mutex_unlock(&torrent->mutex);
	return TSTREAM_OK;
}

/* -- wishes --------------------------------------------------------------- */

static void fake_set_plan(tsi_engine_torrent *torrent, const tsi_plan *plan)
{
	tsi_plan_range *ranges = calloc(plan->range_count + 1, sizeof(*ranges));
	if (!ranges)
		return;
	if (plan->range_count > 0)
		memcpy(ranges, plan->ranges, plan->range_count * sizeof(*ranges));
	pthread_mutex_lock(&torrent->mutex);
	free(torrent->plan);
	torrent->plan = ranges;
	torrent->plan_count = plan->range_count;
	torrent->record.plan_count++;
	pthread_mutex_unlock(&torrent->mutex);
}

/** Is everything in these bytes of the piece space verified?  The mutex is held. */
static bool is_here(const tsi_engine_torrent *torrent, uint64_t begin, uint64_t end)
{
	uint32_t piece_size = torrent->content->piece_size;
	for (uint64_t piece = begin / piece_size; begin < end && piece <= (end - 1) / piece_size;
	     piece++)
		if (!torrent->have[piece])
			return false;
	return true;
}

static int64_t fake_read(tsi_engine_torrent *torrent, uint32_t file_index, uint64_t offset,
                         void *buffer, size_t size)
{
	int64_t result = TSTREAM_EIO;
	pthread_mutex_lock(&torrent->mutex);
	uint64_t begin = fake_content_file_offset(torrent->content, file_index) + offset;
	bool is_verified = is_here(torrent, begin, begin + size);
	if (!is_verified)
		torrent->record.wild_read_count++;
	if (torrent->read_failures > 0)
		torrent->read_failures--;
	else if (is_verified)
		result = (int64_t)size;
	pthread_mutex_unlock(&torrent->mutex);
	uint8_t *bytes = buffer;
	for (int64_t i = 0; i < result; i++)
		bytes[i] = fake_engine_byte(begin + (uint64_t)i);
	return result;
}

static void fake_evict(tsi_engine_torrent *torrent, const uint8_t *drop, uint32_t piece_count)
{
	pthread_mutex_lock(&torrent->mutex);
	torrent->record.evict_count++;
	for (uint32_t piece = 0; piece < piece_count; piece++) {
		if (!drop[piece])
			continue;
		torrent->have[piece] = 0;
		torrent->evicted[piece] = 1;
		torrent->record.evicted_count++;
	}
	pthread_cond_broadcast(&torrent->recorded);
	pthread_mutex_unlock(&torrent->mutex);
}

static void fake_retry(tsi_engine_torrent *torrent)
{
	pthread_mutex_lock(&torrent->mutex);
	torrent->record.retry_count++;
	pthread_cond_broadcast(&torrent->recorded);
	pthread_mutex_unlock(&torrent->mutex);
}

/* -- for people who watch ------------------------------------------------- */

static void fake_get_torrent_stats(tsi_engine_torrent *torrent, tsi_engine_torrent_stats *out_stats)
{
	pthread_mutex_lock(&torrent->mutex);
	*out_stats = torrent->stats;
	pthread_mutex_unlock(&torrent->mutex);
}

static size_t fake_get_peers(tsi_engine_torrent *torrent, tstream_peer *out_peers, size_t capacity)
{
	(void)torrent;
	for (size_t i = 0; i < capacity && i < 2; i++) {
		snprintf(out_peers[i].address, sizeof(out_peers[i].address), "127.0.0.%zu:6881", i + 1);
		out_peers[i].rtt_us = -1;
	}
	return 2;
}

static void fake_mark_partial(tsi_engine_torrent *torrent, uint8_t *out_pieces,
                              uint32_t piece_count)
{
	(void)torrent;
	if (piece_count > 1)
		out_pieces[1] = TSTREAM_PIECE_PARTIAL;
}

static int fake_torrent_file_of(tsi_engine_torrent *torrent, void **out_bytes, size_t *out_size)
{
	static const char head[] = FAKE_PRIVATE_HEAD FAKE_INFO;
	fake_torrent_file file = {FAKE_MAGIC, torrent->content};
	char *bytes = malloc(sizeof(head) + sizeof(file));
	if (!bytes)
		return TSTREAM_ENOMEM;
	memcpy(bytes, head, sizeof(head) - 1);
	memcpy(bytes + sizeof(head) - 1, &file, sizeof(file));
	bytes[sizeof(head) - 1 + sizeof(file)] = 'e';
	*out_bytes = bytes;
	*out_size = sizeof(head) + sizeof(file);
	return TSTREAM_OK;
}

static int fake_magnet(tsi_engine_torrent *torrent, char **out_uri)
{
	(void)torrent;
	/* The tests' film, with a tracker that knows its user by a key. */
	*out_uri = strdup("magnet:?xt=urn:btih:0101010101010101010101010101010101010101"
	                  "&tr=https://tracker.example/passkey/announce");
	return *out_uri ? TSTREAM_OK : TSTREAM_ENOMEM;
}

#define TABLE(open_function)                                                                       \
	{                                                                                              \
		.version = fake_version, .parse = fake_parse, .open = (open_function),                     \
		.close = fake_close, .get_stats = fake_get_stats, .save_state = fake_save_state,           \
		.add = fake_add, .remove = fake_remove, .merge = fake_merge, .add_peer = fake_add_peer,    \
		.prefer_peer = fake_prefer_peer, .set_plan = fake_set_plan, .read = fake_read,             \
		.evict = fake_evict, .retry = fake_retry, .get_torrent_stats = fake_get_torrent_stats,     \
		.get_peers = fake_get_peers, .mark_partial = fake_mark_partial,                            \
		.torrent_file = fake_torrent_file_of, .magnet = fake_magnet                                \
	}

const tsi_engine_ops fake_engine_ops = TABLE(fake_open);
const tsi_engine_ops fake_engine_ops_refusing = TABLE(refuse_open);
