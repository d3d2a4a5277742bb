#include "history_call.h"

#include "problem.h"
#include "stores.h"

int history_call_end(struct request *request, int code, const tstream_error *err)
{
	stores_note(request->server->stores, code, err);
	switch (code) {
	case 0:
		return 0;
	case TSTREAM_EINVAL:
	case TSTREAM_ENOENT:
	case TSTREAM_ENOTSUP:
		return problem_send_code(request, code, err);
	default:
		return problem_sendf(request, 503, "The history cannot be used now: %.300s",
		                     err->message[0] ? err->message : tstream_strerror(code));
	}
}

int history_call_begin(struct request *request, tstream_history **out_history)
{
	tstream_error err = {0};
	int code = stores_history(request->server->stores, out_history, &err);

	/* Whatever it is that keeps it from being opened, it is not the client's fault. */
	if (code && code != TSTREAM_ENOTSUP)
		code = TSTREAM_EBUSY;
	return history_call_end(request, code, &err);
}

int history_call_number(struct request *request, const char *name, uint64_t min, uint64_t max,
                        uint32_t *out)
{
	const char *text = query_get(&request->query, name);
	uint64_t number;

	if (!text)
		return 0;
	if (query_number(text, max, &number) || number < min)
		return problem_sendf(request, 400, "%s is a number from %u to %u.", name, (unsigned)min,
		                     (unsigned)max);
	*out = (uint32_t)number;
	return 0;
}
