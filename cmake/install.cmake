# Headers, both libraries, libtstream.pc and the package that find_package(tstream) finds.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tstream)

install(DIRECTORY include/tstream DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(TARGETS tstream EXPORT tstream-shared)
install(TARGETS tstream_static EXPORT tstream-static)
# Apart, because only who links the archive needs libtorrent's and libcurl's development files.
install(EXPORT tstream-shared NAMESPACE tstream:: DESTINATION ${package_dir})
install(EXPORT tstream-static NAMESPACE tstream:: DESTINATION ${package_dir})

configure_package_config_file(cmake/tstream-config.cmake.in tstream-config.cmake
	INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(tstream-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
	${CMAKE_CURRENT_BINARY_DIR}/tstream-config.cmake
	${CMAKE_CURRENT_BINARY_DIR}/tstream-config-version.cmake
	DESTINATION ${package_dir})

set(pc_curl "")
if(TSTREAM_WITH_CURL)
	set(pc_curl " -lcurl")
endif()
set(pc_uchardet "")
if(TSTREAM_WITH_UCHARDET)
	set(pc_uchardet " -luchardet")
endif()
set(pc_providers "")
if(TSTREAM_WITH_PROVIDERS)
	set(pc_providers " -lexpat -ljansson")
endif()
set(pc_redis "")
if(TSTREAM_WITH_REDIS)
	set(pc_redis " -lhiredis")
endif()
set(pc_sqlite "")
if(TSTREAM_WITH_SQLITE)
	set(pc_sqlite " -lsqlite3")
endif()
configure_file(pkgconfig/libtstream.pc.in libtstream.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/libtstream.pc
	DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
