/**
 * core/finding.h - one torrent that a provider has found, checked and made fit to be shown.
 */
#ifndef TSI_CORE_FINDING_H
#define TSI_CORE_FINDING_H

#include <stdbool.h>
#include <stdint.h>
#include <tstream/search.h>

#include "core/secrets.h"
#include "engine/engine.h"

#define TSI_MAX_TITLE_BYTES 1024
#define TSI_MAX_SOURCES TSTREAM_MAX_PROVIDERS

typedef struct tsi_finding {
	char id[TSTREAM_RESULT_ID_BYTES]; /**< the infohash, or "provider:digest of the link" */
	tsi_infohash infohash;            /**< of neither kind: only known by a link */
	char *title;
	char *params;   /**< "&tr=...&ws=...", for the magnet; "" if none */
	bool is_public; /**< no secrets in params */
	uint32_t category;
	int32_t relevance;
	int64_t size;
	int64_t seeders;
	int64_t leechers;
	int64_t published_s;
	uint8_t sources[TSI_MAX_SOURCES]; /**< indexes of providers, in order of arrival */
	uint8_t source_count;
} tsi_finding;

/**
 * Check and copy what a provider gave.  Text that holds one of @p secrets is starred out.
 *
 * @param provider  its name, for the id of what is only known by a link
 * @return 0 (then tsi_finding_clear() when done); EINVAL (no title, nothing to have the
 *         torrent by, or an obvious fake such as "film.mkv.lnk"), ENOMEM
 */
int tsi_finding_make(const tstream_found *found, const char *provider, const tsi_secrets *secrets,
                     tsi_finding *out_finding);

/** @return false if out of memory */
bool tsi_finding_copy(const tsi_finding *finding, tsi_finding *out_copy);

void tsi_finding_clear(tsi_finding *finding);

static inline bool tsi_finding_has_infohash(const tsi_finding *finding)
{
	return finding->infohash.has_v1 || finding->infohash.has_v2;
}

/** Add what @p other knows and @p finding does not.  @return false if out of memory */
bool tsi_finding_absorb(tsi_finding *finding, const tsi_finding *other);

/** The magnet URI of a finding that has an infohash (BEP 9, BEP 52).
 *  @return yours to free(); NULL if out of memory or if there is no infohash */
char *tsi_finding_magnet(const tsi_finding *finding);

/** Only those of @p params that cannot hold a secret: trackers without query whose path is
 *  at most "/announce".  @return yours to free(); NULL if out of memory */
char *tsi_params_without_secrets(const char *params);

/** The order of results, best first; total.  For qsort-like use: < 0, 0, > 0. */
int tsi_finding_compare(const tsi_finding *a, const tsi_finding *b);

/** True if a Newznab category is one of @p wanted ("2000,5040"), or in one of them; unknown
 *  ones (0) always are. */
bool tsi_category_matches(uint32_t category, const char *wanted);

#endif
