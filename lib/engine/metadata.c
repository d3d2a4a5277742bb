#include <stdlib.h>

#include "engine/engine.h"

void tsi_metadata_free(tsi_metadata *metadata)
{
	if (!metadata)
		return;
	for (uint32_t i = 0; metadata->files && i < metadata->file_count; i++)
		free(metadata->files[i].path);
	free(metadata->files);
	free(metadata->name);
	free(metadata);
}
