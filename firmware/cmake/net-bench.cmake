# The network benchmarks, once per board. They work lwIP itself, so they see its headers.
set(GREENRACK_NET_BENCH_SOURCES
  lib/net_bench/both_ends.c
  lib/net_bench/cost.c
  lib/net_bench/iperf_tcp.c
  lib/net_bench/iperf_udp.c
  lib/net_bench/rates.c
  lib/rtos_bench/bench_port.c)

get_property(targets GLOBAL PROPERTY GREENRACK_TARGETS)
foreach(target IN LISTS targets)
  add_library(net_bench_${target} STATIC ${GREENRACK_NET_BENCH_SOURCES})
  target_include_directories(net_bench_${target} PUBLIC lib/net_bench lib/rtos_bench)
  target_include_directories(net_bench_${target} SYSTEM PUBLIC ${GREENRACK_LWIP_INCLUDES})
  target_link_libraries(net_bench_${target} PUBLIC bsp_${target})
endforeach()

# greenrack_net_bench_app(<image name> [SOURCE <dir>] [DEFINES <macro>...])
#   An app with the network benchmarks. The macros reach the wire too, which each image has its own of.
function(greenrack_net_bench_app name)
  cmake_parse_arguments(APP "" "SOURCE" "DEFINES" ${ARGN})
  if(NOT APP_SOURCE)
    set(APP_SOURCE ${name})
  endif()
  get_property(targets GLOBAL PROPERTY GREENRACK_TARGETS)
  foreach(target IN LISTS targets)
    greenrack_image(${name} ${target} ${APP_SOURCE} "${APP_DEFINES}")
    target_link_libraries(${target}.${name} PRIVATE net_bench_${target})
    target_sources(${target}.${name} PRIVATE lib/net_bench/wire.c)
  endforeach()
endfunction()
