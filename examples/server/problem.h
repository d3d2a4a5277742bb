/* problem.h - errors as RFC 9457 problem details. */
#ifndef SERVER_PROBLEM_H
#define SERVER_PROBLEM_H

#include "request.h"

/* The status's reason phrase (RFC 9110), or NULL. */
const char *problem_title(int status);

/* The HTTP status that says the same as a TSTREAM_E code. */
int problem_status(int code);

/* Answer with a status; detail is one sentence for people. */
int problem_send(struct request *request, int status, const char *detail);
int problem_sendf(struct request *request, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As problem_send(), with more header lines, each with its CR LF. */
int problem_send_with(struct request *request, int status, const char *extra, const char *detail);

/* Answer with what the library said.  REQUEST_CLIENT_GONE answers nothing. */
int problem_send_code(struct request *request, int code, const tstream_error *err);

#endif
