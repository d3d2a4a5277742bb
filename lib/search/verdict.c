/**
 * search/verdict.c - what an answer in XML is worth.
 */
#include <string.h>

#include "search/items.h"
#include "search/verdict.h"
#include "search/xml.h"

/* Torznab's codes, and what Prowlarr says with HTTP's numbers. */
static int status_of_error(int code)
{
	if ((code >= 100 && code < 200) || code == 401 || code == 403)
		return TSTREAM_PROVIDER_AUTH;
	if (code >= 200 && code < 300)
		return TSTREAM_PROVIDER_UNSUPPORTED;
	if (code == 300)
		return TSTREAM_PROVIDER_OK; /* no such item */
	if (code == 429 || code == 500 || code == 501)
		return TSTREAM_PROVIDER_THROTTLED; /* limits of requests and downloads */
	return TSTREAM_PROVIDER_NETWORK;
}

static void judge_error(const tsi_items_report *report, const tsi_http_outcome *outcome,
                        tsi_verdict *verdict)
{
	int status = status_of_error(report->error_code);

	/* A throttled one may say so by HTTP and something else in the document. */
	if (verdict->status == TSTREAM_PROVIDER_THROTTLED)
		return;
	if (report->error_code == 500 && outcome->status >= 500)
		status = TSTREAM_PROVIDER_NETWORK;
	verdict->retry_after_us = 0;
	if (status == TSTREAM_PROVIDER_THROTTLED && outcome->retry_after_us > 0)
		verdict->retry_after_us = outcome->retry_after_us;
	tsi_verdict_set(verdict, status, "Error %d: %s", report->error_code,
	                *report->error_text ? report->error_text : "it does not say what is wrong.");
	if (status == TSTREAM_PROVIDER_OK)
		verdict->message[0] = '\0';
}

static void judge_items(const tsi_items_report *report, tsi_verdict *verdict)
{
	bool is_cut = report->outcome != TSI_XML_WHOLE;
	int status = report->item_count > 0 ? TSTREAM_PROVIDER_PARTIAL : TSTREAM_PROVIDER_PARSE;

	if (report->outcome == TSI_XML_REFUSED)
		tsi_verdict_set(verdict, status, "It declares entities or is too deep, which is refused.");
	else if (!report->is_answer && verdict->status == TSTREAM_PROVIDER_OK)
		tsi_verdict_set(verdict, TSTREAM_PROVIDER_PARSE,
		                "It answers with something that is no feed, perhaps a web page.");
	else if (report->outcome == TSI_XML_STOPPED && report->item_count >= TSI_MAX_ITEMS)
		tsi_verdict_set(verdict, TSTREAM_PROVIDER_PARTIAL, "More than %d items.", TSI_MAX_ITEMS);
	else if (report->outcome == TSI_XML_STOPPED && verdict->status == TSTREAM_PROVIDER_OK)
		tsi_verdict_set(verdict, TSTREAM_PROVIDER_PARTIAL,
		                "The search had as many results as it keeps.");
	else if (verdict->status == TSTREAM_PROVIDER_OK && is_cut)
		tsi_verdict_set(verdict, status, "Its answer breaks off, or is no good XML.");
	else if (verdict->status != TSTREAM_PROVIDER_OK && report->item_count > 0)
		verdict->status = TSTREAM_PROVIDER_PARTIAL; /* the message says what happened */
}

void tsi_verdict_of_items(const tsi_items_report *report, const tsi_http_outcome *outcome,
                          tsi_verdict *verdict)
{
	if (report->outcome == TSI_XML_ENOMEM)
		tsi_verdict_set(verdict, TSTREAM_PROVIDER_NETWORK, "Out of memory.");
	else if (report->is_error)
		judge_error(report, outcome, verdict);
	else
		judge_items(report, verdict);
}
