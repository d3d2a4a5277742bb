# Programs that use libtstream as any other program would: through <tstream/...> only.

file(GLOB example_sources CONFIGURE_DEPENDS examples/*.c)
foreach(source ${example_sources})
	cmake_path(GET source STEM name)
	add_executable(tstream-${name} ${source})
	target_link_libraries(tstream-${name} PRIVATE tstream::tstream tstream_compiler)
endforeach()

# Debian's civetweb has no .pc file, and its CMake package names no version.
find_path(CIVETWEB_INCLUDE_DIR civetweb.h REQUIRED)
find_library(CIVETWEB_LIBRARY civetweb REQUIRED)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)

file(GLOB server_sources CONFIGURE_DEPENDS examples/server/*.c)
list(FILTER server_sources EXCLUDE REGEX "/main\\.c$")
# The system's Python first: it is the one for which script/setup installs PyYAML.
find_program(EMBED_PYTHON python3 HINTS /usr/bin NO_CACHE REQUIRED)
set(embed ${PROJECT_SOURCE_DIR}/examples/server/embed.py)
add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/assets.c
	COMMAND ${EMBED_PYTHON} ${embed} ${PROJECT_BINARY_DIR}/assets.c
	DEPENDS ${embed} ${PROJECT_SOURCE_DIR}/examples/server/page.html
		${PROJECT_SOURCE_DIR}/docs/openapi.yaml
	COMMENT "Embedding the page and the OpenAPI description")
list(APPEND server_sources ${PROJECT_BINARY_DIR}/assets.c)

if(server_sources)
	# All but main(), so that tests/server/unit_*.c can link them.
	add_library(tstream_server_parts STATIC ${server_sources})
	# Where install() puts what script/web builds.
	target_compile_definitions(tstream_server_parts PUBLIC
		SERVER_WEB_DIR="${CMAKE_INSTALL_FULL_DATADIR}/tstream/web")
	target_include_directories(tstream_server_parts PUBLIC
		examples/server ${CIVETWEB_INCLUDE_DIR})
	target_link_libraries(tstream_server_parts
		PUBLIC tstream::tstream ${CIVETWEB_LIBRARY} PkgConfig::JANSSON PkgConfig::SODIUM Threads::Threads
		PRIVATE tstream_compiler)
	if(EXISTS ${PROJECT_SOURCE_DIR}/examples/server/main.c)
		add_executable(tstream-server examples/server/main.c)
		target_link_libraries(tstream-server PRIVATE tstream_server_parts tstream_compiler)
		# Wherever it is installed to, it finds the library beside it.
		file(RELATIVE_PATH from_bin ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
		set_target_properties(tstream-server PROPERTIES INSTALL_RPATH "$ORIGIN/${from_bin}")
		install(TARGETS tstream-server RUNTIME COMPONENT runtime)
		install(FILES docs/man/tstream-server.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1
			COMPONENT runtime)
	endif()
endif()
