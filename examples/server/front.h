/* front.h - how the client sees this server, and where it is, with or without a proxy between. */
#ifndef SERVER_FRONT_H
#define SERVER_FRONT_H

#include "request.h"
#include "text.h"

#define FRONT_ADDRESS_BYTES 48

/* What the client calls this server, as https://tv.example. */
void front_add_base(const struct request *request, struct text *base);

/* Whether the client came by https, as far as our proxy or the settings say. */
bool front_is_https(const struct request *request);

/* The client's address; behind a proxy of ours, the one that it names. */
void front_client_address(const struct request *request, char out[FRONT_ADDRESS_BYTES]);

/* Whether the client is a program of this machine, and surely so: nothing was forwarded. */
bool front_is_local(const struct request *request);

#endif
