/**
 * core/subtitle.c - from a subtitle file's text to WebVTT.
 */
#include "core/subtitle.h"

#include <stdlib.h>

#include "base/log.h"

/* How long a cue is shown that ends before it begins. */
#define SHORTEST_MS 2000

/** WebVTT wants the order of their start; cues that start together keep theirs. */
static int compare_cues(const void *a, const void *b)
{
	const tsi_cue *one = a;
	const tsi_cue *other = b;

	if (one->start_ms != other->start_ms)
		return one->start_ms < other->start_ms ? -1 : 1;
	return (one->text.begin > other->text.begin) - (one->text.begin < other->text.begin);
}

/** How all cues of a file become WebVTT. */
typedef struct conversion {
	bool is_webvtt; /**< the source */
	int64_t delay_ms;
	tsi_buffer *output;
} conversion;

/** Nothing, if there is nothing to be seen of it. */
static void add_cue(const conversion *c, const tsi_cue *cue)
{
	tsi_buffer *output = c->output;
	size_t size_before = output->size;
	int64_t length_ms = cue->end_ms > cue->start_ms ? cue->end_ms - cue->start_ms : SHORTEST_MS;
	int64_t start_ms = cue->start_ms + c->delay_ms;
	int64_t end_ms = start_ms + length_ms;

	if (end_ms <= 0)
		return;
	tsi_subtitle_add_time(output, start_ms > 0 ? start_ms : 0);
	tsi_buffer_add_string(output, " --> ");
	tsi_subtitle_add_time(output, end_ms);
	tsi_subtitle_add_settings(output, cue->settings);
	tsi_buffer_add(output, "\n", 1);
	if (tsi_subtitle_add_text(output, cue->text, !c->is_webvtt))
		tsi_buffer_add(output, "\n\n", 2);
	else
		tsi_buffer_cut(output, size_before);
}

static int add_cues(const conversion *c, const tsi_cues *cues, tstream_error *err)
{
	tsi_buffer *output = c->output;

	tsi_buffer_add_string(output, "WEBVTT\n\n");
	for (size_t i = 0; i < cues->count && output->code == TSTREAM_OK; i++)
		add_cue(c, &cues->items[i]);
	if (output->code == TSTREAM_ELIMIT)
		return tsi_fail(err, TSTREAM_EINVAL, "the subtitles are too large as WebVTT");
	if (output->code != TSTREAM_OK)
		return tsi_fail(err, output->code, "out of memory");
	return TSTREAM_OK;
}

int tsi_subtitle_convert(tsi_slice source, int64_t delay_ms, tsi_buffer *output, tstream_error *err)
{
	conversion c = {tsi_subtitle_is_webvtt(source), delay_ms, output};
	tsi_cues cues;
	int code = tsi_subtitle_find_cues(source, &cues, err);

	if (code != TSTREAM_OK)
		return code;
	if (cues.count > 1)
		qsort(cues.items, cues.count, sizeof(*cues.items), compare_cues);
	/* A WebVTT file may well be empty; a SubRip file without a cue is something else. */
	if (cues.count > 0 || c.is_webvtt)
		code = add_cues(&c, &cues, err);
	else
		code =
		    tsi_fail(err, TSTREAM_EINVAL, "there is no cue in it: it is neither SubRip nor WebVTT");
	free(cues.items);
	return code;
}
