# libtstream, shared and static from the same objects.

set(rooms base core engine stream store net search media api)
list(TRANSFORM rooms PREPEND ${PROJECT_SOURCE_DIR}/lib/ OUTPUT_VARIABLE c_globs)
list(TRANSFORM c_globs APPEND /*.c)
file(GLOB c_sources CONFIGURE_DEPENDS ${c_globs})
# The only C++: the engine behind lib/engine/engine.h.
file(GLOB cxx_sources CONFIGURE_DEPENDS lib/engine/*.cpp)
if(NOT TSTREAM_WITH_CURL)
	# lib/net/http.c then answers TSTREAM_ENOTSUP in its place.
	list(FILTER c_sources EXCLUDE REGEX "lib/net/.*_curl\\.c$")
endif()
if(NOT TSTREAM_WITH_UCHARDET)
	# lib/media/charset.c then answers TSTREAM_ENOTSUP in its place.
	list(FILTER c_sources EXCLUDE REGEX "lib/media/.*_uchardet\\.c$")
endif()
if(NOT TSTREAM_WITH_PROVIDERS)
	# lib/search/provider_none.c then answers TSTREAM_ENOTSUP in their place.
	list(FILTER c_sources EXCLUDE REGEX
		"lib/search/(provider_(torznab|feed|archive)|archive_json|items|link|reading|verdict|web|xml|xml_tidy)\\.c$")
endif()
if(NOT TSTREAM_WITH_REDIS)
	# lib/store/cache.c then answers TSTREAM_ENOTSUP in its place.
	list(FILTER c_sources EXCLUDE REGEX "lib/store/.*redis.*\\.c$")
endif()
if(TSTREAM_WITH_SQLITE)
	list(FILTER c_sources EXCLUDE REGEX "lib/store/catalog_none\\.c$")
	# What a new catalogue begins with, as a string.
	set(films_tsv ${PROJECT_SOURCE_DIR}/lib/store/catalog_films.tsv)
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${films_tsv})
	file(READ ${films_tsv} films)
	string(REGEX REPLACE "([^\n]*)\n" "\t\"\\1\\\\n\"\n" films "${films}")
	file(CONFIGURE OUTPUT catalog_films.c @ONLY CONTENT
		"#include \"store/catalog.h\"\n\nconst char tsi_catalog_films[] =\n@films@\t;\n")
	list(APPEND c_sources ${PROJECT_BINARY_DIR}/catalog_films.c)
else()
	# lib/store/catalog_none.c answers TSTREAM_ENOTSUP in its place.
	list(FILTER c_sources EXCLUDE REGEX "lib/store/catalog_(common|file|learn|sqlite|walk|words)\\.c$")
endif()
# lib/store/sql.c answers in the place of these two, lib/store/accounts.c in that of the third.
foreach(backend sqlite postgres sodium)
	string(TOUPPER ${backend} option)
	string(REPLACE SODIUM ACCOUNTS option ${option})
	if(NOT TSTREAM_WITH_${option})
		list(FILTER c_sources EXCLUDE REGEX "lib/store/(sql|secrets)_${backend}\\.c$")
	endif()
endforeach()
include(cmake/migrations.cmake)
list(APPEND c_sources ${PROJECT_BINARY_DIR}/migrations.c)

# CMake wants at least one source in every target, also of a tree that is only begun.
file(CONFIGURE OUTPUT nothing.c CONTENT "typedef int nothing;\n")
file(CONFIGURE OUTPUT nothing.cpp CONTENT "typedef int nothing;\n")
add_library(tstream_objects OBJECT ${c_sources} ${PROJECT_BINARY_DIR}/nothing.c)
add_library(tstream_engine OBJECT ${cxx_sources} ${PROJECT_BINARY_DIR}/nothing.cpp)
# Not a link, so that C sources never see libtorrent's flags.
target_link_libraries(tstream_engine PRIVATE PkgConfig::LIBTORRENT)
target_compile_definitions(tstream_objects PRIVATE
	TSI_WITH_CURL=$<BOOL:${TSTREAM_WITH_CURL}>
	TSI_WITH_UCHARDET=$<BOOL:${TSTREAM_WITH_UCHARDET}>
	TSI_WITH_PROVIDERS=$<BOOL:${TSTREAM_WITH_PROVIDERS}>
	TSI_WITH_REDIS=$<BOOL:${TSTREAM_WITH_REDIS}>
	TSI_WITH_SQLITE=$<BOOL:${TSTREAM_WITH_SQLITE}>
	TSI_WITH_POSTGRES=$<BOOL:${TSTREAM_WITH_POSTGRES}>
	TSI_WITH_ACCOUNTS=$<BOOL:${TSTREAM_WITH_ACCOUNTS}>)
set(backend_libraries
	PkgConfig::UTF8PROC
	$<$<BOOL:${TSTREAM_WITH_CURL}>:PkgConfig::CURL>
	$<$<BOOL:${TSTREAM_WITH_UCHARDET}>:PkgConfig::UCHARDET>
	$<$<BOOL:${TSTREAM_WITH_PROVIDERS}>:PkgConfig::EXPAT>
	$<$<BOOL:${TSTREAM_WITH_PROVIDERS}>:PkgConfig::JANSSON>
	$<$<BOOL:${TSTREAM_WITH_REDIS}>:PkgConfig::HIREDIS>
	$<$<BOOL:${TSTREAM_WITH_SQLITE}>:PkgConfig::SQLITE>
	$<$<BOOL:${TSTREAM_WITH_POSTGRES}>:PkgConfig::POSTGRES>
	$<$<BOOL:${TSTREAM_WITH_ACCOUNTS}>:PkgConfig::SODIUM>)
target_link_libraries(tstream_objects PRIVATE ${backend_libraries})

foreach(target tstream_objects tstream_engine)
	target_include_directories(${target} PRIVATE include lib)
	target_link_libraries(${target} PRIVATE tstream_compiler Threads::Threads)
	set_target_properties(${target} PROPERTIES
		POSITION_INDEPENDENT_CODE ON
		C_VISIBILITY_PRESET hidden
		CXX_VISIBILITY_PRESET hidden
		VISIBILITY_INLINES_HIDDEN ON)
endforeach()

set(tstream_private_libraries PkgConfig::LIBTORRENT ${backend_libraries} Threads::Threads)

add_library(tstream SHARED)
add_library(tstream_static STATIC)
add_library(tstream::tstream ALIAS tstream)
add_library(tstream::tstream_static ALIAS tstream_static)

foreach(target tstream tstream_static)
	target_sources(${target} PRIVATE
		$<TARGET_OBJECTS:tstream_objects> $<TARGET_OBJECTS:tstream_engine>)
	target_include_directories(${target} INTERFACE
		$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
		$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
	set_target_properties(${target} PROPERTIES OUTPUT_NAME tstream LINKER_LANGUAGE CXX)
endforeach()

# 0.x releases keep the soname as long as they keep the ABI (include/tstream/version.h).
set_target_properties(tstream PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0)
set(version_script ${PROJECT_SOURCE_DIR}/lib/libtstream.map)
target_link_options(tstream PRIVATE -Wl,--version-script=${version_script})
# The sanitizers' runtime comes with the program, not with the library.
if(NOT TSTREAM_SANITIZE)
	target_link_options(tstream PRIVATE -Wl,--no-undefined)
endif()
set_target_properties(tstream PROPERTIES LINK_DEPENDS ${version_script})
target_link_libraries(tstream PRIVATE ${tstream_private_libraries}
	$<BUILD_INTERFACE:tstream_compiler>)

target_compile_definitions(tstream_static INTERFACE TSTREAM_STATIC)
target_link_libraries(tstream_static PRIVATE ${tstream_private_libraries}
	$<BUILD_INTERFACE:tstream_compiler>)
