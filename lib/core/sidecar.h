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

/** What a name says of itself: "Film.pt-BR.forced.srt" of a film "Film.mkv".
 *  @param film          a name or path; NULL: unknown
 *  @param out_subtitle  language, label and flags are set; a name that says nothing of a
 *                       language is the label itself */
void tsi_sidecar_describe(const char *film, const char *name, tstream_subtitle *out_subtitle);

#endif
