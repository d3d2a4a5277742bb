/**
 * core/fetch_piece.c - the pieces that are under way, block by block.
 */
#include <stdlib.h>
#include <string.h>

#include "core/fetch_internal.h"

static size_t place_of(const tsi_fetch *fetch, uint32_t piece)
{
	size_t low = 0;
	size_t high = fetch->active_count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (fetch->active[middle]->piece < piece)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

tsi_active_piece *tsi_active_find(const tsi_fetch *fetch, uint32_t piece)
{
	size_t place = place_of(fetch, piece);
	if (place < fetch->active_count && fetch->active[place]->piece == piece)
		return fetch->active[place];
	return NULL;
}

static bool make_room(tsi_fetch *fetch)
{
	if (fetch->active_count < fetch->active_capacity)
		return true;
	size_t capacity = fetch->active_capacity ? fetch->active_capacity * 2 : 16;
	tsi_active_piece **active = realloc(fetch->active, capacity * sizeof(*active));
	if (!active)
		return false;
	fetch->active = active;
	fetch->active_capacity = capacity;
	return true;
}

tsi_active_piece *tsi_active_get(tsi_fetch *fetch, uint32_t piece)
{
	tsi_active_piece *found = tsi_active_find(fetch, piece);
	if (found || !make_room(fetch))
		return found;
	uint32_t block_count = 0;
	uint32_t last_block_bytes = 0;
	fetch->callbacks.piece_shape(fetch->callbacks.user, piece, &block_count, &last_block_bytes);
	tsi_active_piece *made = calloc(1, sizeof(*made) + block_count * sizeof(tsi_block));
	if (!made)
		return NULL;
	made->piece = piece;
	made->block_count = made->free_count = block_count;
	made->last_block_bytes = last_block_bytes;
	size_t place = place_of(fetch, piece);
	memmove(&fetch->active[place + 1], &fetch->active[place],
	        (fetch->active_count - place) * sizeof(tsi_active_piece *));
	fetch->active[place] = made;
	fetch->active_count++;
	return made;
}

void tsi_active_drop(tsi_fetch *fetch, tsi_active_piece *active)
{
	size_t place = place_of(fetch, active->piece);
	fetch->active_count--;
	memmove(&fetch->active[place], &fetch->active[place + 1],
	        (fetch->active_count - place) * sizeof(tsi_active_piece *));
	free(active);
}

void tsi_active_suspect(tsi_active_piece *active)
{
	memset(active->blocks, 0, active->block_count * sizeof(tsi_block));
	active->here_count = 0;
	active->free_count = active->block_count;
	active->is_suspect = true;
	active->sole = NULL;
}

bool tsi_active_is_open_to(const tsi_active_piece *active, const tsi_fetch_peer *peer,
                           int64_t now_us)
{
	return !active->sole || active->sole == peer || !tsi_peer_is_serving(active->sole, now_us);
}

uint32_t tsi_active_block_bytes(const tsi_active_piece *active, uint32_t index)
{
	return index + 1 == active->block_count ? active->last_block_bytes : TSI_BLOCK_BYTES;
}

uint32_t tsi_active_asked_count(const tsi_active_piece *active)
{
	return active->block_count - active->here_count - active->free_count;
}

bool tsi_block_is_asked_of(const tsi_block *block, const tsi_fetch_peer *peer)
{
	for (uint8_t i = 0; i < block->asker_count; i++)
		if (block->askers[i] == peer)
			return true;
	return false;
}

void tsi_active_add_asker(tsi_active_piece *active, uint32_t index, tsi_fetch_peer *peer)
{
	tsi_block *block = &active->blocks[index];
	if (block->asker_count == 0)
		active->free_count--;
	block->askers[block->asker_count++] = peer;
}

void tsi_active_remove_asker(tsi_fetch *fetch, tsi_active_piece *active, uint32_t index,
                             const tsi_fetch_peer *peer)
{
	tsi_block *block = &active->blocks[index];
	uint8_t i = 0;
	while (i < block->asker_count && block->askers[i] != peer)
		i++;
	if (i == block->asker_count)
		return;
	block->askers[i] = block->askers[--block->asker_count];
	if (block->asker_count == 0 && !block->is_here) {
		active->free_count++;
		tsi_fetch_reopen_piece(fetch, active->piece);
	}
}

void tsi_fetch_reopen_piece(tsi_fetch *fetch, uint32_t piece)
{
	for (size_t i = 0; i < fetch->plan_count; i++) {
		tsi_wanted_range *wanted = &fetch->plan[i];
		if (piece >= wanted->range.first_piece && piece < wanted->next_piece)
			wanted->next_piece = piece;
	}
}
