/**
 * core/sidecar.h - which subtitle files belong to a film, by their names.
 */
#ifndef TSI_CORE_SIDECAR_H
#define TSI_CORE_SIDECAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tstream/torrent.h>

/** The paths of a torrent's files, '/' between their components. */
typedef struct tsi_sidecar_paths {
	const char *(*get)(const void *user, uint32_t index); /**< never NULL */
	const void *user;
	uint32_t count;
} tsi_sidecar_paths;

/** True for .srt and .vtt. */
bool tsi_sidecar_is_convertible(const char *path);

/** @param film           the index of its path
 *  @param out_subtitles  room for TSTREAM_MAX_SUBTITLES
 *  @return how many were found; in the order of the paths, with distinct labels */
size_t tsi_sidecar_find(const tsi_sidecar_paths *paths, uint32_t film,
                        tstream_subtitle *out_subtitles);

/** What a name says of itself: "Film.pt-BR.forced" of a film named "Film".
 *  @param text  what is left of the name without the film's, not NUL terminated
 *  @param out_subtitle  language, label and flags are set; without anything to go by, the
 *                       label is @p text itself, or "Subtitles" */
void tsi_sidecar_describe(const char *text, size_t size, tstream_subtitle *out_subtitle);

#endif
