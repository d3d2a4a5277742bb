# The Node addon.  Its tests put it together with the package's JavaScript.

find_program(NODE_PROGRAM node)
set(node_modules ${PROJECT_SOURCE_DIR}/tests/bindings/node/node_modules)
execute_process(COMMAND ${NODE_PROGRAM} -p "require('path').resolve(process.execPath, '../..')"
	OUTPUT_VARIABLE node_prefix OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
find_path(NODE_INCLUDE_DIR node_api.h HINTS ${node_prefix}/include PATH_SUFFIXES node)
find_path(NODE_ADDON_API_DIR napi.h PATHS ${node_modules}/node-addon-api NO_DEFAULT_PATH)
if(NOT NODE_PROGRAM OR NOT NODE_INCLUDE_DIR OR NOT NODE_ADDON_API_DIR)
	message(WARNING "Node, its headers or node-addon-api are missing (script/setup): "
		"its tests will fail")
	return()
endif()
add_subdirectory(bindings/node)
list(APPEND test_environment TSTREAM_NODE_ADDON=$<TARGET_FILE:capi_node>
	TSTREAM_NODE=${NODE_PROGRAM})
