/* process_stats.h - what this process takes of the machine, under the names that all exporters
 * of Prometheus use. */
#ifndef SERVER_PROCESS_STATS_H
#define SERVER_PROCESS_STATS_H

#include "text.h"

#include <stdint.h>

/* started_at_s: Unix time.  What cannot be found out is left out. */
void process_stats_write(struct text *out, int64_t started_at_s);

#endif
