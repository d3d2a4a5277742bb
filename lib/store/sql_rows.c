/**
 * store/sql_rows.c - what goes into statements and what comes out of them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/timestamp.h"
#include "store/sql_driver.h"

#define FIRST_ROWS 16

void tsi_sql_rows_clear(tsi_sql_rows *rows)
{
	for (size_t i = 0; i < rows->row_count * rows->column_count; i++)
		free(rows->cells[i]);
	free(rows->cells);
	memset(rows, 0, sizeof(*rows));
}

char **tsi_sql_rows_add(tsi_sql_rows *rows, size_t column_count)
{
	size_t used = rows->row_count * column_count;

	if (used + column_count > rows->capacity) {
		size_t capacity = used == 0 ? FIRST_ROWS * column_count : used * 2;
		char **cells = reallocarray(rows->cells, capacity, sizeof(*cells));
		if (!cells)
			return NULL;
		rows->cells = cells;
		rows->capacity = capacity;
	}
	memset(rows->cells + used, 0, column_count * sizeof(*rows->cells));
	rows->column_count = column_count;
	rows->row_count++;
	return rows->cells + used;
}

const char *tsi_sql_rows_text(const tsi_sql_rows *rows, size_t row, size_t column)
{
	const char *cell = NULL;

	if (row < rows->row_count && column < rows->column_count)
		cell = rows->cells[row * rows->column_count + column];
	return cell ? cell : "";
}

int64_t tsi_sql_rows_integer(const tsi_sql_rows *rows, size_t row, size_t column)
{
	return strtoll(tsi_sql_rows_text(rows, row, column), NULL, 10);
}

bool tsi_sql_rows_boolean(const tsi_sql_rows *rows, size_t row, size_t column)
{
	const char *text = tsi_sql_rows_text(rows, row, column);

	return *text == 't' || *text == '1';
}

int64_t tsi_sql_rows_time(const tsi_sql_rows *rows, size_t row, size_t column)
{
	int64_t at_us = 0;

	return tsi_timestamp_parse(tsi_sql_rows_text(rows, row, column), &at_us) ? at_us : 0;
}

const char *tsi_sql_value_text(const tsi_sql_value *value, char buffer[TSI_SQL_VALUE_TEXT_BYTES])
{
	switch (value->kind) {
	case TSI_SQL_TEXT:
		return value->text;
	case TSI_SQL_TIME:
		tsi_timestamp_format(value->number, ' ', buffer);
		return buffer;
	case TSI_SQL_INTEGER:
	case TSI_SQL_BOOLEAN:
		break;
	}
	snprintf(buffer, TSI_SQL_VALUE_TEXT_BYTES, "%" PRId64, value->number);
	return buffer;
}
