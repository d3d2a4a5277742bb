# Which libtstream a binding is built against: the one of this build, an installed one that
# pkg-config finds, or else the one of these sources, linked in.
#
#   tstream_find_library(OUT CHOICE)   CHOICE: system, bundled, or auto for whichever there is
#
# The bindings' packages carry the library's sources, and with them this file, in libtstream/.

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH tstream_sources)

# A macro, because languages are a project's and not a function's.
macro(tstream_find_library out choice)
	if(TARGET tstream::tstream)
		set(${out} tstream::tstream)
	else()
		if(NOT "${choice}" STREQUAL "bundled")
			find_package(PkgConfig REQUIRED)
			pkg_check_modules(TSTREAM IMPORTED_TARGET libtstream>=0.1.0)
		endif()
		if(TSTREAM_FOUND)
			set(${out} PkgConfig::TSTREAM)
			message(STATUS "tstream: against libtstream ${TSTREAM_VERSION} of ${TSTREAM_PREFIX}")
		elseif("${choice}" STREQUAL "system")
			message(FATAL_ERROR "tstream: pkg-config finds no libtstream; install it first")
		else()
			enable_language(C)
			enable_language(CXX)
			add_subdirectory(${tstream_sources} libtstream EXCLUDE_FROM_ALL)
			set(${out} tstream::tstream_static)
			message(STATUS "tstream: with libtstream of ${tstream_sources} linked in")
		endif()
	endif()
endmacro()
