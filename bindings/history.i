/*
 * bindings/history.i - histories and accounts: part of tstream.i, by whose rules it goes.
 */

%{
TSB_NO_INTERRUPT(tstream_history)
TSB_NO_INTERRUPT(tstream_history_page)
TSB_NO_INTERRUPT(tstream_popular)
TSB_NO_INTERRUPT(tstream_accounts)
TSB_NO_INTERRUPT(tstream_logins)
%}
%tsb_object(tstream_history, tstream_history_close, tstream_history_let_be)
%tsb_object(tstream_history_page, tstream_history_page_free, tstream_history_page_let_be)
%tsb_object(tstream_popular, tstream_popular_free, tstream_popular_let_be)
%tsb_object(tstream_accounts, tstream_accounts_close, tstream_accounts_let_be)
%tsb_object(tstream_logins, tstream_logins_free, tstream_logins_let_be)

%{
TSB_NO_STRINGS(tstream_history_options)
TSB_NO_STRINGS(tstream_accounts_options)

static void tstream_watch_free_strings(tstream_watch *watch)
{
	tsb_replace(&watch->session_id, NULL);
	tsb_replace(&watch->magnet, NULL);
	tsb_replace(&watch->title, NULL);
}

static void tstream_history_query_free_strings(tstream_history_query *query)
{
	tsb_replace(&query->session_id, NULL);
	tsb_replace(&query->cursor, NULL);
}
%}
%tsb_options(tstream_history_options, tstream_history_options_init)
%tsb_options(tstream_accounts_options, tstream_accounts_options_init)
%tsb_options(tstream_watch, tstream_watch_init)
%tsb_options(tstream_history_query, tstream_history_query_init)

%tsb_snapshot(tstream_history_entry)
%immutable tstream_history_entry::magnet;
%immutable tstream_history_entry::title;
%tsb_snapshot(tstream_popular_film)
%immutable tstream_popular_film::magnet;
%immutable tstream_popular_film::title;
%tsb_snapshot(tstream_account)
%ignore tstream_account::reserved_2;
%tsb_snapshot(tstream_login)
%ignore tstream_login::reserved_2;
%immutable tstream_login::label;

%apply int64_t CODE { int64_t tstream_accounts_count }
%apply char out_infohash[ANY] { char out_id[ANY], char out_token[ANY] }

%include "tstream/history.h"
%include "tstream/account.h"
