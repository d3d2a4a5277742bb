# The bindings as the tests import them, against the libtstream built here.

include(cmake/python.cmake)
include(cmake/node.cmake)
