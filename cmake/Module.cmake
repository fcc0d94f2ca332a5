# interlude_module(NAME SOURCES a.cpp… [DEPENDS module… lib…] [PRIVATE_DEPENDS lib…] [TESTS a_test.cpp…] [TEST_DEPENDS module…])
# One folder under src/ is one module: a static library `interlude_NAME` and, where it has tests, a program
# `NAME_test` whose cases ctest runs under the label `unit`.
# A name without "::" in DEPENDS is another module of ours.
function(interlude_link target visibility)
  foreach(dependency IN LISTS ARGN)
    if(dependency MATCHES "::|^/")
      target_link_libraries(${target} ${visibility} ${dependency})
    else()
      target_link_libraries(${target} ${visibility} interlude_${dependency})
    endif()
  endforeach()
endfunction()

# Sets of flags of the sanitized builds. `interlude_code(KIND target…)`:
#   full   what reads bytes from outside: optimised, all checks
#   inner  what runs often in the tests and reads only what `full` code let through: optimised, without the checks of
#          scopes, which are a fifth of the time to compile
#   light  what no device's network reaches, tests, tools: not optimised, address errors only
# Without sanitizers all are the same. Where the compiler has a launcher (ccache), headers are not precompiled: it knows better.
function(interlude_code kind)
  foreach(target IN LISTS ARGN)
    if(INTERLUDE_SANITIZE AND NOT kind STREQUAL "full" AND NOT kind STREQUAL "inner")
      target_compile_options(${target} PRIVATE -O0 -fno-sanitize=undefined)
    endif()
    if(INTERLUDE_SANITIZE AND INTERLUDE_QUICK AND NOT kind STREQUAL "full")
      target_compile_options(${target} PRIVATE -fno-sanitize-address-use-after-scope)
    endif()
    if(INTERLUDE_PRECOMPILE AND NOT INTERLUDE_SANITIZE AND NOT kind STREQUAL "tests")
      set(kind full)
    endif()
    if(INTERLUDE_PRECOMPILE)
      target_precompile_headers(${target} REUSE_FROM interlude_precompiled_${kind})
    endif()
  endforeach()
endfunction()

# Instrumenting the tests' own code and gmock's templates as the code under test costs minutes.
function(interlude_test_code)
  interlude_code(tests ${ARGN})
endfunction()

# SAMPLE_OLD and SAMPLE_NEW: a real library before and after a fix, tests/sample.
function(interlude_sample target)
  if(INTERLUDE_TESTS)
    target_compile_definitions(${target} PRIVATE SAMPLE_OLD="$<TARGET_FILE:sample_old>" SAMPLE_NEW="$<TARGET_FILE:sample_new>")
    add_dependencies(${target} sample_old sample_new)
  endif()
endfunction()

function(interlude_module name)
  cmake_parse_arguments(M "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS;TESTS;TEST_DEPENDS" ${ARGN})
  add_library(interlude_${name} STATIC ${M_SOURCES})
  if(name MATCHES "^(serve|repository|publish|pages|advisory|policy|document|keys|simulate|delta_file|bus|bus_client)$")
    interlude_code(light interlude_${name})
  elseif(name MATCHES "^(device|sys_sim|delta_make)$")
    interlude_code(inner interlude_${name})
  else()
    interlude_code(full interlude_${name})
  endif()
  target_include_directories(interlude_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  interlude_link(interlude_${name} PUBLIC ${M_DEPENDS})
  interlude_link(interlude_${name} PRIVATE ${M_PRIVATE_DEPENDS})
  if(INTERLUDE_TESTS AND M_TESTS)
    add_executable(${name}_test ${M_TESTS})
    target_link_libraries(${name}_test PRIVATE interlude_${name} GTest::gmock GTest::gtest_main)
    interlude_link(${name}_test PRIVATE ${M_TEST_DEPENDS})
    interlude_test_code(${name}_test)
    target_include_directories(${name}_test PRIVATE ${CMAKE_SOURCE_DIR}/tests)  # "support/…"
    target_compile_definitions(${name}_test PRIVATE INTERLUDE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    # One process for all cases of a module: starting a sanitized program takes longer than most of them.
    add_test(NAME ${name}_test COMMAND ${name}_test)
    set_tests_properties(${name}_test PROPERTIES LABELS unit TIMEOUT 600)
  endif()
endfunction()
