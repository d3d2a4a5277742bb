# The Python package where the system's Python looks for packages, as distributions want it.

find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)
set(TSTREAM_PYTHON_DIR ${Python_SITEARCH} CACHE STRING "Where the Python package is installed")
add_subdirectory(bindings/python)
set_target_properties(_capi PROPERTIES INSTALL_RPATH_USE_LINK_PATH OFF)

install(DIRECTORY bindings/python/src/tstream DESTINATION ${TSTREAM_PYTHON_DIR}
	FILES_MATCHING PATTERN "*.py" PATTERN "*.pyi" PATTERN "py.typed"
	PATTERN "__pycache__" EXCLUDE)
install(TARGETS _capi LIBRARY DESTINATION ${TSTREAM_PYTHON_DIR}/tstream)
install(FILES ${TSTREAM_PYTHON_PACKAGE_DIR}/capi.py DESTINATION ${TSTREAM_PYTHON_DIR}/tstream)
# What importlib.metadata and pip list read.
file(CONFIGURE OUTPUT METADATA CONTENT "Metadata-Version: 2.1
Name: tstream
Version: @PROJECT_VERSION@
Summary: @PROJECT_DESCRIPTION@
License: MIT
")
install(FILES ${PROJECT_BINARY_DIR}/METADATA
	DESTINATION ${TSTREAM_PYTHON_DIR}/tstream-${PROJECT_VERSION}.dist-info)
