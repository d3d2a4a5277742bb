# lib/store/migrations/NNNN_name.DIALECT.sql become an array in C, in the order of their
# numbers.  Bytes, because C promises string literals of 4,095 only.

file(GLOB migration_files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/lib/store/migrations/*.sqlite.sql)
set(migration_texts "")
set(migration_rows "")
set(migration_number 0)

function(tstream_migration_text file variable)
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
	file(READ ${file} digits HEX)
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${digits}")
	set(migration_texts
		"${migration_texts}static const char ${variable}[] = {\n${bytes}0};\n" PARENT_SCOPE)
endfunction()

foreach(sqlite_file ${migration_files})
	math(EXPR migration_number "${migration_number} + 1")
	get_filename_component(file_name ${sqlite_file} NAME)
	if(NOT file_name MATCHES "^0*([1-9][0-9]*)_([a-z_]+)\\.sqlite\\.sql$" OR
			NOT CMAKE_MATCH_1 EQUAL migration_number)
		message(FATAL_ERROR "${file_name}: migrations are numbered from 0001 without a gap")
	endif()
	set(migration_name ${CMAKE_MATCH_2})
	string(REPLACE ".sqlite.sql" ".postgres.sql" postgres_file ${sqlite_file})
	tstream_migration_text(${sqlite_file} sqlite_${migration_number})
	tstream_migration_text(${postgres_file} postgres_${migration_number})
	string(APPEND migration_rows "    {${migration_number}, \"${migration_name}\", "
		"sqlite_${migration_number}, postgres_${migration_number}},\n")
endforeach()

file(CONFIGURE OUTPUT migrations.c @ONLY CONTENT [[
/* Made by cmake/migrations.cmake from lib/store/migrations. */
#include "store/sql_driver.h"

@migration_texts@
const tsi_migration tsi_migrations[] = {
@migration_rows@};
const size_t tsi_migration_count = sizeof(tsi_migrations) / sizeof(tsi_migrations[0]);
]])
