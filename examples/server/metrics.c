#include "metrics.h"

#include "request.h"

#include <inttypes.h>

void metrics_note_first_byte(struct metrics *metrics, bool is_seek, int64_t duration_us)
{
	histogram_observe(is_seek ? &metrics->seek : &metrics->first_byte, duration_us);
}

void metrics_note_wait(struct metrics *metrics, int64_t duration_us)
{
	if (duration_us >= METRICS_STALL_US)
		histogram_observe(&metrics->stall, duration_us);
}

void metrics_note_loss(struct metrics *metrics, int code)
{
	enum metrics_loss loss = METRICS_LOSS_ERROR;

	if (code == TSTREAM_EINVAL || code == TSTREAM_ENOENT || code == TSTREAM_ECANCELED)
		return;
	if (code == REQUEST_CLIENT_GONE)
		loss = METRICS_LOSS_GONE;
	else if (code == TSTREAM_ETIMEDOUT)
		loss = METRICS_LOSS_TIMEOUT;
	atomic_fetch_add(&metrics->losses[loss], 1);
}

void metrics_note_answer(struct metrics *metrics, int status)
{
	int class = status / 100 - 1;

	if (class >= 0 && class < METRICS_STATUS_CLASSES)
		atomic_fetch_add(&metrics->answers[class], 1);
}

void metrics_write_number(struct text *out, const char *name, const char *type, const char *help,
                          double value)
{
	text_addf(out, "# HELP %s %s\n# TYPE %s %s\n%s %.17g\n", name, help, name, type, name, value);
}

static void write_losses(struct metrics *metrics, struct text *out)
{
	static const char *const reasons[METRICS_LOSSES] = {"gone", "timeout", "error"};

	text_add(out, "# HELP tstream_stream_losses_total Streams that ended before their first byte: "
	              "the viewer left, it did not come in time, or something failed.\n"
	              "# TYPE tstream_stream_losses_total counter\n");
	for (size_t i = 0; i < METRICS_LOSSES; i++)
		text_addf(out, "tstream_stream_losses_total{reason=\"%s\"} %" PRIu64 "\n", reasons[i],
		          (uint64_t)atomic_load(&metrics->losses[i]));
}

static void write_answers(struct metrics *metrics, struct text *out)
{
	text_add(out, "# HELP tstream_http_requests_total HTTP requests that were answered, by the "
	              "class of their status.\n"
	              "# TYPE tstream_http_requests_total counter\n");
	for (size_t i = 0; i < METRICS_STATUS_CLASSES; i++)
		text_addf(out, "tstream_http_requests_total{code=\"%zuxx\"} %" PRIu64 "\n", i + 1,
		          (uint64_t)atomic_load(&metrics->answers[i]));
}

void metrics_write(struct metrics *metrics, struct text *out)
{
	histogram_write(&metrics->first_byte, "tstream_stream_first_byte_seconds",
	                "From a request for the beginning of a film to its first byte.", out);
	histogram_write(&metrics->seek, "tstream_stream_seek_seconds",
	                "From a request for another place of a film to its first byte.", out);
	histogram_write(&metrics->stall, "tstream_stream_stall_seconds",
	                "Waits of 0.2 seconds and more for the swarm in a film that had begun.", out);
	write_losses(metrics, out);
	write_answers(metrics, out);
	metrics_write_number(out, "tstream_stream_sent_bytes_total", "counter",
	                     "Bytes of files sent to viewers.",
	                     (double)atomic_load(&metrics->sent_bytes));
	metrics_write_number(out, "tstream_streams_waiting", "gauge",
	                     "Streams that wait for the swarm now.",
	                     (double)atomic_load(&metrics->waiting_streams));
}
