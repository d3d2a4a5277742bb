#include "streams.h"

#include "clock.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct stream {
	uint64_t id; /* 0: a free place */
	bool is_stopped;
	char client[48];
	int64_t started_at_s;
	tstream_torrent *torrent; /* lent */
	uint32_t file_index;
	tstream_reader *reader; /* lent; only used with the lock held, so never after its close */
};

struct streams {
	pthread_mutex_t lock;
	uint64_t last_id;
	unsigned capacity;
	unsigned count;
	struct stream places[];
};

struct streams *streams_new(unsigned capacity)
{
	struct streams *streams = calloc(1, sizeof(*streams) + capacity * sizeof(struct stream));

	if (!streams)
		return NULL;
	pthread_mutex_init(&streams->lock, NULL);
	streams->capacity = capacity;
	return streams;
}

void streams_free(struct streams *streams)
{
	if (!streams)
		return;
	pthread_mutex_destroy(&streams->lock);
	free(streams);
}

struct stream *streams_claim(struct streams *streams, const char *client_address)
{
	struct stream *claimed = NULL;

	pthread_mutex_lock(&streams->lock);
	for (unsigned i = 0; streams->count < streams->capacity && !claimed; i++) {
		if (streams->places[i].id == 0)
			claimed = &streams->places[i];
	}
	if (claimed) {
		*claimed = (struct stream){.id = ++streams->last_id, .started_at_s = clock_wall_s()};
		snprintf(claimed->client, sizeof(claimed->client), "%s", client_address);
		streams->count++;
	}
	pthread_mutex_unlock(&streams->lock);
	return claimed;
}

void streams_release(struct streams *streams, struct stream *stream)
{
	pthread_mutex_lock(&streams->lock);
	stream->id = 0;
	streams->count--;
	pthread_mutex_unlock(&streams->lock);
}

void streams_set_file(struct streams *streams, struct stream *stream, tstream_torrent *torrent,
                      uint32_t file_index)
{
	pthread_mutex_lock(&streams->lock);
	stream->torrent = torrent;
	stream->file_index = file_index;
	pthread_mutex_unlock(&streams->lock);
}

bool streams_set_reader(struct streams *streams, struct stream *stream, tstream_reader *reader)
{
	pthread_mutex_lock(&streams->lock);
	stream->reader = reader;
	bool goes_on = !stream->is_stopped;
	pthread_mutex_unlock(&streams->lock);
	return goes_on;
}

/* What to stop; zero fields match everything. */
struct filter {
	uint64_t id;
	const tstream_torrent *torrent;
	int64_t file_index;
};

static bool matches(const struct stream *stream, const struct filter *filter)
{
	return stream->id != 0 && !stream->is_stopped && (!filter->id || filter->id == stream->id) &&
	       (!filter->torrent || filter->torrent == stream->torrent) &&
	       (filter->file_index < 0 || filter->file_index == (int64_t)stream->file_index);
}

static unsigned stop(struct streams *streams, const struct filter *filter)
{
	unsigned stopped = 0;

	pthread_mutex_lock(&streams->lock);
	for (unsigned i = 0; i < streams->capacity; i++) {
		struct stream *stream = &streams->places[i];
		if (!matches(stream, filter))
			continue;
		stream->is_stopped = true;
		if (stream->reader)
			tstream_reader_cancel(stream->reader);
		stopped++;
	}
	pthread_mutex_unlock(&streams->lock);
	return stopped;
}

unsigned streams_stop_torrent(struct streams *streams, const tstream_torrent *torrent,
                              int64_t file_index)
{
	return stop(streams, &(struct filter){.torrent = torrent, .file_index = file_index});
}

unsigned streams_stop_id(struct streams *streams, uint64_t id)
{
	return id ? stop(streams, &(struct filter){.id = id, .file_index = -1}) : 0;
}

unsigned streams_stop_all(struct streams *streams)
{
	return stop(streams, &(struct filter){.file_index = -1});
}

unsigned streams_count(struct streams *streams)
{
	pthread_mutex_lock(&streams->lock);
	unsigned count = streams->count;
	pthread_mutex_unlock(&streams->lock);
	return count;
}

unsigned streams_capacity(const struct streams *streams)
{
	return streams->capacity;
}

static void add_reader(json_t *object, const tstream_reader *reader)
{
	tstream_reader_stats stats = TSTREAM_READER_STATS_INIT;

	if (!reader || tstream_reader_get_stats(reader, &stats))
		return;
	json_object_set_new(object, "offset", json_integer((json_int_t)stats.offset));
	json_object_set_new(object, "read_bytes", json_integer((json_int_t)stats.read_bytes));
	json_object_set_new(object, "read_bytes_per_s",
	                    json_integer((json_int_t)stats.read_bytes_per_s));
	json_object_set_new(object, "available_bytes", json_integer((json_int_t)stats.available_bytes));
	json_object_set_new(object, "stall_count", json_integer((json_int_t)stats.stall_count));
	json_object_set_new(object, "waiting_ms", json_integer(stats.waiting_us / 1000));
}

static json_t *stream_to_json(const struct stream *stream)
{
	char started_at[CLOCK_RFC3339_BYTES];

	clock_format_rfc3339(stream->started_at_s, started_at);
	json_t *object = json_pack("{s:I, s:s, s:s}", "id", (json_int_t)stream->id, "client",
	                           stream->client, "started_at", started_at);
	if (object && stream->torrent) {
		json_object_set_new(object, "infohash",
		                    json_string(tstream_torrent_get_infohash(stream->torrent)));
		json_object_set_new(object, "name", json_string(tstream_torrent_get_name(stream->torrent)));
		json_object_set_new(object, "file_index", json_integer(stream->file_index));
		add_reader(object, stream->reader);
	}
	return object;
}

json_t *streams_to_json(struct streams *streams)
{
	json_t *array = json_array();

	pthread_mutex_lock(&streams->lock);
	for (unsigned i = 0; i < streams->capacity; i++) {
		if (streams->places[i].id != 0)
			json_array_append_new(array, stream_to_json(&streams->places[i]));
	}
	pthread_mutex_unlock(&streams->lock);
	return array;
}
