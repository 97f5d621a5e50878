# lwIP, from the sources that scripts/build-firmware.sh brings. Its warnings are not ours.
get_filename_component(LWIP_DIR ${CMAKE_SOURCE_DIR}/../.greenrack/sources/lwip-2.1.3 ABSOLUTE)
file(GLOB GREENRACK_LWIP_SOURCES ${LWIP_DIR}/src/core/*.c ${LWIP_DIR}/src/core/ipv4/*.c ${LWIP_DIR}/src/netif/ethernet.c)
if(NOT GREENRACK_LWIP_SOURCES)
  message(FATAL_ERROR "${LWIP_DIR}: no sources of lwIP. Run scripts/build-firmware.sh, which fetches them.")
endif()
set(GREENRACK_LWIP_INCLUDES ${LWIP_DIR}/src/include lib/net/port)
set_source_files_properties(${GREENRACK_LWIP_SOURCES} PROPERTIES COMPILE_OPTIONS -w)
