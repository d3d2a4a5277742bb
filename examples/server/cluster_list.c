#include "cluster_list.h"

#include "query.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Below it lie mail, SSH, the web and databases' administration: nothing of ours. */
#define LEAST_PORT 1024

struct address {
	int family;
	struct in_addr v4;
	struct in6_addr v6;
	uint64_t port;
};

/* -- addresses ------------------------------------------------------------ */

static bool is_one_host_v4(uint32_t host)
{
	bool is_link_local = host >> 16 == 0xA9FE; /* clouds keep their secrets at 169.254.169.254 */

	return host >> 24 != 0 && host >> 28 != 0xE && host >> 28 != 0xF && !is_link_local;
}

static bool is_one_host_v6(const struct in6_addr *host)
{
	return !IN6_IS_ADDR_UNSPECIFIED(host) && !IN6_IS_ADDR_MULTICAST(host) &&
	       !IN6_IS_ADDR_LINKLOCAL(host) && !IN6_IS_ADDR_V4MAPPED(host) &&
	       !IN6_IS_ADDR_V4COMPAT(host);
}

static bool parse_host(const char *host, struct address *out)
{
	if (inet_pton(AF_INET, host, &out->v4) == 1) {
		out->family = AF_INET;
		return is_one_host_v4(ntohl(out->v4.s_addr));
	}
	size_t size = strlen(host);
	char inner[CLUSTER_ADDRESS_BYTES];
	if (size < 4 || host[0] != '[' || host[size - 1] != ']')
		return false;
	memcpy(inner, host + 1, size - 2);
	inner[size - 2] = '\0';
	out->family = AF_INET6;
	/* ::1 is "compatible" with IPv4 to the macro. */
	return inet_pton(AF_INET6, inner, &out->v6) == 1 &&
	       (IN6_IS_ADDR_LOOPBACK(&out->v6) || is_one_host_v6(&out->v6));
}

static bool parse(const char *text, struct address *out)
{
	char host[CLUSTER_ADDRESS_BYTES];
	const char *colon = strrchr(text, ':');

	if (!colon || (size_t)(colon - text) >= sizeof(host))
		return false;
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	return parse_host(host, out) && query_number(colon + 1, UINT16_MAX, &out->port) == 0 &&
	       out->port >= LEAST_PORT;
}

bool cluster_address_clean(const char *text, char out[CLUSTER_ADDRESS_BYTES])
{
	char host[INET6_ADDRSTRLEN];
	struct address address;

	if (!parse(text, &address))
		return false;
	bool is_v4 = address.family == AF_INET;
	inet_ntop(address.family, is_v4 ? (void *)&address.v4 : (void *)&address.v6, host,
	          sizeof(host));
	snprintf(out, CLUSTER_ADDRESS_BYTES, is_v4 ? "%s:%u" : "[%s]:%u", host, (unsigned)address.port);
	return true;
}

static bool is_loopback(const char *clean)
{
	return strncmp(clean, "127.", 4) == 0 || strncmp(clean, "[::1]", 5) == 0;
}

/* -- lists ---------------------------------------------------------------- */

bool cluster_list_has(const struct cluster_list *list, const char *address)
{
	for (unsigned i = 0; i < list->count; i++) {
		if (strcmp(list->members[i].address, address) == 0)
			return true;
	}
	return false;
}

static struct cluster_member *find_place(struct cluster_list *list)
{
	struct cluster_member *first_over = &list->members[0];

	if (list->count < CLUSTER_MAX_MEMBERS)
		return &list->members[list->count++];
	for (unsigned i = 1; i < list->count; i++) {
		if (list->members[i].until_s < first_over->until_s)
			first_over = &list->members[i];
	}
	return first_over;
}

void cluster_list_add(struct cluster_list *list, const char *address, int64_t until_s)
{
	struct cluster_member *member = find_place(list);

	snprintf(member->address, sizeof(member->address), "%s", address);
	member->until_s = until_s;
}

/* "ADDRESS UNTIL", without its newline. */
static bool read_line(const char *line, size_t size, struct cluster_member *out)
{
	char copy[CLUSTER_ADDRESS_BYTES + 24];
	uint64_t until;

	if (size >= sizeof(copy))
		return false;
	memcpy(copy, line, size);
	copy[size] = '\0';
	char *space = strchr(copy, ' ');
	if (!space || query_number(space + 1, INT64_MAX / 2, &until))
		return false;
	*space = '\0';
	out->until_s = (int64_t)until;
	return cluster_address_clean(copy, out->address);
}

void cluster_list_read(struct cluster_list *list, const char *text, const char *own, int64_t now_s,
                       int64_t ttl_s)
{
	list->count = 0;
	while (*text && list->count < CLUSTER_MAX_MEMBERS) {
		struct cluster_member member;
		size_t size = strcspn(text, "\n");
		bool is_read = read_line(text, size, &member);
		text += size + (text[size] == '\n');
		if (!is_read || member.until_s <= now_s || member.until_s > now_s + 2 * ttl_s)
			continue;
		/* Only who is on this machine alone has others on it. */
		bool is_fit = !is_loopback(member.address) || is_loopback(own);
		if (is_fit && strcmp(member.address, own) != 0 && !cluster_list_has(list, member.address))
			cluster_list_add(list, member.address, member.until_s);
	}
}

size_t cluster_list_write(const struct cluster_list *list, char out[CLUSTER_LIST_BYTES])
{
	size_t size = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < list->count; i++)
		size += (size_t)snprintf(out + size, CLUSTER_LIST_BYTES - size, "%s %lld\n",
		                         list->members[i].address, (long long)list->members[i].until_s);
	return size;
}
