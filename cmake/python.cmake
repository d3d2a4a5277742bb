# The Python module, and a folder from which tests import the package.

if(NOT DEFINED Python_EXECUTABLE AND EXISTS ${TSTREAM_PYTHON})
	set(Python_EXECUTABLE ${TSTREAM_PYTHON})
endif()
find_package(Python QUIET COMPONENTS Interpreter Development.Module)
if(NOT Python_FOUND)
	message(WARNING "Python's headers are missing (python3-dev): its tests will fail")
	return()
endif()
set(python_package ${PROJECT_BINARY_DIR}/python/tstream)
file(MAKE_DIRECTORY ${python_package})
set(TSTREAM_PYTHON_PACKAGE_DIR ${python_package})
add_subdirectory(bindings/python)

# One folder that holds what is built and, as links, the sources: an edit needs no build.
set(python_sources ${PROJECT_SOURCE_DIR}/bindings/python/src/tstream)
file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE ${python_sources}
	${python_sources}/*.py ${python_sources}/*.pyi ${python_sources}/py.typed)
foreach(source ${sources})
	cmake_path(GET source PARENT_PATH folder)
	file(MAKE_DIRECTORY ${python_package}/${folder})
	file(CREATE_LINK ${python_sources}/${source} ${python_package}/${source} SYMBOLIC)
endforeach()
set_target_properties(_capi PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${python_package})
list(APPEND test_environment TSTREAM_PYTHON_PACKAGE=${PROJECT_BINARY_DIR}/python)
