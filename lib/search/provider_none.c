/**
 * search/provider_none.c - the providers of a build that cannot ask over HTTP.
 */
#include <tstream/search.h>

#include "base/log.h"
#include "search/provider_archive.h"
#include "search/provider_feed.h"
#include "search/provider_torznab.h"
#include "search/search.h"

#if !defined(TSI_WITH_PROVIDERS) || !TSI_WITH_PROVIDERS
static int refuse(tstream_error *err)
{
	return tsi_fail(err, TSTREAM_ENOTSUP,
	                "This build of the library asks nobody over HTTP; build it with "
	                "TSTREAM_WITH_PROVIDERS.");
}

int tsi_torznab_add(tstream_search *search, const char *name, const char *url, const char *api_key,
                    tstream_error *err)
{
	(void)search;
	(void)name;
	(void)url;
	(void)api_key;
	return refuse(err);
}

int tsi_archive_add(tstream_search *search, const char *name, const char *url, tstream_error *err)
{
	(void)search;
	(void)name;
	(void)url;
	return refuse(err);
}

int tsi_feed_add(tstream_search *search, const char *name, const char *url, tstream_error *err)
{
	(void)search;
	(void)name;
	(void)url;
	return refuse(err);
}

/* No result of a program's own provider has a link that could be fetched. */
void tsi_link_fetch(tstream_request *request)
{
	tstream_request_finish(request, TSTREAM_PROVIDER_UNSUPPORTED, 0,
	                       "This build of the library cannot fetch links.");
}

void tsi_link_cancel(tstream_request *request)
{
	(void)request;
}
#endif
