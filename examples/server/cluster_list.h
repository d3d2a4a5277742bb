/* cluster_list.h - the servers that have one torrent open, as they tell each other in Redis.
 *
 * One a line: the address where its BitTorrent session takes connections, and the Unix time
 * until which that may be believed.  What another wrote is checked: it makes us connect.
 */
#ifndef SERVER_CLUSTER_LIST_H
#define SERVER_CLUSTER_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The library prefers no more of a torrent's peers. */
#define CLUSTER_MAX_MEMBERS 16
/* "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535" */
#define CLUSTER_ADDRESS_BYTES 56
#define CLUSTER_LIST_BYTES (CLUSTER_MAX_MEMBERS * (CLUSTER_ADDRESS_BYTES + 24))

struct cluster_member {
	char address[CLUSTER_ADDRESS_BYTES];
	int64_t until_s;
};

struct cluster_list {
	unsigned count;
	struct cluster_member members[CLUSTER_MAX_MEMBERS];
};

/* The others in what Redis holds: not own, not over, not longer than ttl_s ahead, and fit to be
 * connected to.  All else is left out. */
void cluster_list_read(struct cluster_list *list, const char *text, const char *own, int64_t now_s,
                       int64_t ttl_s);

/* Put oneself in; where there is no room, in place of who is over first. */
void cluster_list_add(struct cluster_list *list, const char *address, int64_t until_s);

/* Gives how many bytes it is. */
size_t cluster_list_write(const struct cluster_list *list, char out[CLUSTER_LIST_BYTES]);

bool cluster_list_has(const struct cluster_list *list, const char *address);

/* An address and port as it is compared: numbers only, IPv6 in brackets and at its shortest.
 * false: it is none, or one that no server listens on: not one host's, or a privileged port */
bool cluster_address_clean(const char *text, char out[CLUSTER_ADDRESS_BYTES]);

#endif
