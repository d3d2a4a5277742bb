# The bindings as the tests import them, against the libtstream built here.

find_program(SWIG swig HINTS ${PROJECT_SOURCE_DIR}/build/venv/bin NO_CACHE)
if(NOT SWIG)
	message(WARNING "SWIG is missing (script/setup): the bindings' tests will fail")
	return()
endif()
include(cmake/python.cmake)
include(cmake/node.cmake)
