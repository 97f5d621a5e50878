# greenrack_target(<Mbed target name>)
#   Builds bsp/<name> with the shared libraries and lwIP as one static library and
#   remembers the name: each app declared later is built for it.
function(greenrack_target name)
  set(bsp bsp_${name})
  add_library(${bsp} STATIC ${GREENRACK_COMMON_SOURCES} ${GREENRACK_LWIP_SOURCES})
  target_include_directories(${bsp} SYSTEM PRIVATE ${GREENRACK_LWIP_INCLUDES})
  target_include_directories(${bsp} PUBLIC bsp/${name} bsp/common lib/greentea lib/crash lib/host_test lib/net)
  target_compile_definitions(${bsp} PUBLIC GREENRACK_TARGET="${name}")
  # Objects, not an archive: nothing refers to vectors and note by name, so the
  # linker would leave them out.
  add_library(${bsp}_start OBJECT bsp/common/startup.c bsp/common/target_note.c)
  target_link_libraries(${bsp}_start PRIVATE ${bsp})
  set_property(GLOBAL APPEND PROPERTY GREENRACK_TARGETS ${name})
endfunction()

# greenrack_app(<image name> [SOURCE <dir>] [DEFINES <macro>...] [INSTRUMENTED <file>...])
#   Builds apps/<dir>/main.c (dir defaults to the image name) for every target
#   into <build>/<target>/<image>.elf, .bin and .hex. Instrumented files count
#   what of them is executed; the image prints it by coverage_dump().
function(greenrack_app name)
  cmake_parse_arguments(APP "" "SOURCE" "DEFINES;INSTRUMENTED" ${ARGN})
  if(NOT APP_SOURCE)
    set(APP_SOURCE ${name})
  endif()
  get_property(targets GLOBAL PROPERTY GREENRACK_TARGETS)
  foreach(target IN LISTS targets)
    greenrack_image(${name} ${target} ${APP_SOURCE} "${APP_DEFINES}")
    if(APP_INSTRUMENTED)
      greenrack_instrument(${target}.${name} "${APP_INSTRUMENTED}")
    endif()
  endforeach()
endfunction()

# Adds files with counters to an image, and what prints them. Without optimizing,
# so that each line of the source is code of its own. The .gcno files stay beside
# the objects.
function(greenrack_instrument image files)
  target_sources(${image} PRIVATE ${files} lib/coverage/coverage_dump.c)
  set_source_files_properties(${files} PROPERTIES COMPILE_OPTIONS
    "-O0;--coverage;-fprofile-info-section;${GREENRACK_REPRODUCIBLE_COVERAGE}")
  target_include_directories(${image} PRIVATE lib/coverage)
  target_link_libraries(${image} PRIVATE gcov)
endfunction()

function(greenrack_image name target source defines)
  set(image ${target}.${name})
  set(script ${CMAKE_SOURCE_DIR}/bsp/${target}/memory.ld)
  set(sections ${CMAKE_SOURCE_DIR}/bsp/common/sections.ld)
  add_executable(${image} apps/${source}/main.c $<TARGET_OBJECTS:bsp_${target}_start>)
  target_link_libraries(${image} PRIVATE bsp_${target})
  target_compile_definitions(${image} PRIVATE ${defines})
  target_link_options(${image} PRIVATE -T${script} -L${CMAKE_SOURCE_DIR}/bsp/common)
  set_target_properties(${image} PROPERTIES
    OUTPUT_NAME ${name} SUFFIX .elf
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${target}
    LINK_DEPENDS "${script};${sections}")
  add_custom_command(TARGET ${image} POST_BUILD VERBATIM
    COMMAND ${CMAKE_OBJCOPY} -O binary $<TARGET_FILE:${image}> ${CMAKE_BINARY_DIR}/${target}/${name}.bin
    COMMAND ${CMAKE_OBJCOPY} -O ihex $<TARGET_FILE:${image}> ${CMAKE_BINARY_DIR}/${target}/${name}.hex
    BYPRODUCTS ${target}/${name}.bin ${target}/${name}.hex)
endfunction()
