# Mbed TLS, from the sources that scripts/build-firmware.sh brings, once for both boards: it knows nothing of them. Its warnings
# are not ours.
get_filename_component(MBEDTLS_DIR ${CMAKE_SOURCE_DIR}/../.greenrack/sources/Mbed-TLS-mbedtls-8f97ca5 ABSOLUTE)
file(GLOB GREENRACK_MBEDTLS_SOURCES ${MBEDTLS_DIR}/library/*.c)
if(NOT GREENRACK_MBEDTLS_SOURCES)
  message(FATAL_ERROR "${MBEDTLS_DIR}: no sources of Mbed TLS. Run scripts/build-firmware.sh, which fetches them.")
endif()
add_library(mbedtls STATIC ${GREENRACK_MBEDTLS_SOURCES})
target_include_directories(mbedtls SYSTEM PUBLIC ${MBEDTLS_DIR}/include lib/tls)
target_compile_definitions(mbedtls PUBLIC MBEDTLS_CONFIG_FILE=<mbedtls_settings.h>)
target_compile_options(mbedtls PRIVATE -w PUBLIC -ffile-prefix-map=${MBEDTLS_DIR}=mbedtls)

get_property(targets GLOBAL PROPERTY GREENRACK_TARGETS)
foreach(target IN LISTS targets)
  greenrack_image(tls_bench ${target} tls_bench "")
  target_link_libraries(${target}.tls_bench PRIVATE net_bench_${target} mbedtls)
endforeach()
