/* GET /api/popular */
#include "history_call.h"
#include "history_json.h"
#include "response.h"
#include "routes.h"

#define DEFAULT_DAYS 7

int route_popular_get(struct request *request)
{
	uint32_t days = DEFAULT_DAYS, limit = 0;
	tstream_popular *popular = NULL;
	tstream_history *history;
	tstream_error err = {0};
	int status = history_call_number(request, "days", 0, TSTREAM_POPULAR_MAX_DAYS, &days);

	if (status == 0)
		status = history_call_number(request, "limit", 1, TSTREAM_POPULAR_MAX_LIMIT, &limit);
	if (status == 0)
		status = history_call_begin(request, &history);
	if (status)
		return status;
	int code = tstream_history_popular(history, days, limit, &popular, &err);
	status = history_call_end(request, code, &err);
	if (status)
		return status;
	status = response_json(request, 200, "", history_json_popular(popular));
	tstream_popular_free(popular);
	return status;
}
