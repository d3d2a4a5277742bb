#include "stats_json.h"

#include "torrent_json.h"

#include <stdbool.h>
#include <stdlib.h>

enum { MAX_PEERS_SHOWN = 100, MAX_READERS_SHOWN = 100 };

static json_t *peer_flags(uint32_t flags)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} names[] = {
	    {TSTREAM_PEER_SEED, "seed"},
	    {TSTREAM_PEER_UNCHOKED, "unchoked"},
	    {TSTREAM_PEER_INTERESTED, "interested"},
	    {TSTREAM_PEER_INCOMING, "incoming"},
	    {TSTREAM_PEER_UTP, "utp"},
	    {TSTREAM_PEER_ENCRYPTED, "encrypted"},
	    {TSTREAM_PEER_WEB_SEED, "web_seed"},
	    {TSTREAM_PEER_STALLED, "stalled"},
	    {TSTREAM_PEER_PREFERRED, "preferred"},
	};
	json_t *array = json_array();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (flags & names[i].flag)
			json_array_append_new(array, json_string(names[i].name));
	}
	return array;
}

static json_t *peer_to_json(const tstream_peer *peer)
{
	return json_pack("{s:s, s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:o, s:I}", "address", peer->address,
	                 "client", peer->client, "flags", peer_flags(peer->flags),
	                 "download_bytes_per_s", (json_int_t)peer->download_bytes_per_s,
	                 "upload_bytes_per_s", (json_int_t)peer->upload_bytes_per_s, "downloaded_bytes",
	                 (json_int_t)peer->downloaded_bytes, "uploaded_bytes",
	                 (json_int_t)peer->uploaded_bytes, "request_count",
	                 (json_int_t)peer->request_count, "rtt_ms",
	                 peer->rtt_us >= 0 ? json_integer(peer->rtt_us / 1000) : json_null(),
	                 "have_per_mille", (json_int_t)peer->have_per_mille);
}

static json_t *peers_to_json(tstream_torrent *torrent)
{
	json_t *array = json_array();
	tstream_peer *peers = calloc(MAX_PEERS_SHOWN, sizeof(*peers));

	if (!peers)
		return array;
	peers[0].struct_size = sizeof(*peers);
	size_t count = tstream_torrent_get_peers(torrent, peers, MAX_PEERS_SHOWN);
	for (size_t i = 0; i < count && i < MAX_PEERS_SHOWN; i++)
		json_array_append_new(array, peer_to_json(&peers[i]));
	free(peers);
	return array;
}

static json_t *reader_to_json(const tstream_reader_stats *reader)
{
	return json_pack(
	    "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "file_index",
	    (json_int_t)reader->file_index, "offset", (json_int_t)reader->offset, "window_begin",
	    (json_int_t)reader->window_begin, "window_end", (json_int_t)reader->window_end,
	    "available_bytes", (json_int_t)reader->available_bytes, "read_bytes",
	    (json_int_t)reader->read_bytes, "read_bytes_per_s", (json_int_t)reader->read_bytes_per_s,
	    "stall_count", (json_int_t)reader->stall_count, "stall_ms",
	    (json_int_t)(reader->stall_us / 1000), "waiting_ms",
	    (json_int_t)(reader->waiting_us / 1000), "waiting_piece",
	    reader->waiting_us > 0 ? json_integer(reader->waiting_piece) : json_null());
}

static json_t *readers_to_json(tstream_torrent *torrent)
{
	json_t *array = json_array();
	tstream_reader_stats *readers = calloc(MAX_READERS_SHOWN, sizeof(*readers));

	if (!readers)
		return array;
	readers[0].struct_size = sizeof(*readers);
	size_t count = tstream_torrent_get_readers(torrent, readers, MAX_READERS_SHOWN);
	for (size_t i = 0; i < count && i < MAX_READERS_SHOWN; i++)
		json_array_append_new(array, reader_to_json(&readers[i]));
	free(readers);
	return array;
}

static char digit_of(const uint8_t *pieces, size_t count)
{
	int most = -1;

	for (size_t i = 0; i < count; i++) {
		if (pieces[i] != TSTREAM_PIECE_HAVE && pieces[i] > most)
			most = pieces[i];
	}
	return (char)('0' + (most < 0 ? TSTREAM_PIECE_HAVE : most));
}

size_t stats_json_draw_map(const uint8_t *pieces, size_t count, char out[STATS_JSON_MAP_BYTES + 1])
{
	size_t step = count > STATS_JSON_MAP_BYTES
	                  ? (count + STATS_JSON_MAP_BYTES - 1) / STATS_JSON_MAP_BYTES
	                  : 1;
	size_t size = 0;

	for (size_t i = 0; i < count; i += step)
		out[size++] = digit_of(pieces + i, count - i < step ? count - i : step);
	out[size] = '\0';
	return step;
}

static json_t *pieces_to_json(tstream_torrent *torrent)
{
	char map[STATS_JSON_MAP_BYTES + 1] = "";
	size_t count = tstream_torrent_get_piece_count(torrent);
	uint8_t *pieces = count > 0 ? calloc(count, 1) : NULL;
	size_t step = 1;

	if (pieces) {
		tstream_torrent_get_pieces(torrent, pieces, count);
		step = stats_json_draw_map(pieces, count, map);
	}
	free(pieces);
	return json_pack("{s:I, s:I, s:s}", "size", (json_int_t)tstream_torrent_get_piece_size(torrent),
	                 "per_character", (json_int_t)step, "map", map);
}

static json_t *waiting_to_json(const tstream_torrent_stats *stats)
{
	bool has_piece =
	    stats->waiting_for == TSTREAM_WAITING_PIECE || stats->waiting_for == TSTREAM_WAITING_SOURCE;

	return json_pack("{s:s, s:o, s:I, s:o}", "for", torrent_json_waiting(stats->waiting_for),
	                 "piece", has_piece ? json_integer(stats->waiting_piece) : json_null(),
	                 "peer_count", (json_int_t)stats->waiting_peer_count, "estimate_ms",
	                 stats->waiting_for != TSTREAM_WAITING_NOTHING &&
	                         stats->waiting_estimate_us >= 0
	                     ? json_integer(stats->waiting_estimate_us / 1000)
	                     : json_null());
}

/* Counters and speeds, one member each. */
static int add_counters(json_t *object, const tstream_torrent_stats *stats)
{
	const struct {
		const char *name;
		uint64_t value;
	} counters[] = {
	    {"have_piece_count", stats->have_piece_count},
	    {"piece_count", stats->piece_count},
	    {"have_bytes", stats->have_bytes},
	    {"peer_count", stats->peer_count},
	    {"seed_count", stats->seed_count},
	    {"unchoked_count", stats->unchoked_count},
	    {"reader_count", stats->reader_count},
	    {"download_bytes_per_s", stats->download_bytes_per_s},
	    {"upload_bytes_per_s", stats->upload_bytes_per_s},
	    {"downloaded_bytes", stats->downloaded_bytes},
	    {"uploaded_bytes", stats->uploaded_bytes},
	    {"redundant_bytes", stats->redundant_bytes},
	    {"failed_bytes", stats->failed_bytes},
	    {"disk_used_bytes", stats->disk_used_bytes},
	};
	int failed = object == NULL;

	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		failed |= json_object_set_new(object, counters[i].name,
		                              json_integer((json_int_t)counters[i].value));
	return failed;
}

json_t *stats_json(tstream_torrent *torrent)
{
	tstream_torrent_stats stats = TSTREAM_TORRENT_STATS_INIT;

	if (tstream_torrent_get_stats(torrent, &stats))
		return NULL;
	json_t *object = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "infohash",
	                           tstream_torrent_get_infohash(torrent), "state",
	                           torrent_json_state(stats.state), "message", stats.message, "waiting",
	                           waiting_to_json(&stats), "pieces", pieces_to_json(torrent), "peers",
	                           peers_to_json(torrent), "readers", readers_to_json(torrent));
	if (add_counters(object, &stats)) {
		json_decref(object);
		return NULL;
	}
	return object;
}
