# Language level, warnings and hardening for every target of the project.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
option(INTERLUDE_WERROR "Treat warnings as errors" OFF)
set(INTERLUDE_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
                    -Wnon-virtual-dtor -Wsuggest-override -Wcast-align -Wformat=2 -Wundef)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wduplicated-cond -Wduplicated-branches -Wlogical-op)
endif()
if(INTERLUDE_WERROR)
  add_compile_options(-Werror)
endif()
if(INTERLUDE_SANITIZE)
  add_compile_options(-fsanitize=${INTERLUDE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${INTERLUDE_SANITIZE})
  # Relocating what the sanitizers add to a program takes a third of its start, and the tests start thousands.
  set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
  add_compile_options(-fno-pie)
  add_link_options(-no-pie)
else()
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
endif()
# The gate has minutes for all of this: it leaves out the checks of every access to a member (a null pointer still ends a
# program, and the presets "ci" and "fuzz" check everything) and parses the big headers once for each set of flags.
option(INTERLUDE_QUICK "Fewer checks of undefined behaviour and precompiled headers, for less time to compile" OFF)
if(INTERLUDE_SANITIZE MATCHES "undefined" AND INTERLUDE_QUICK)
  add_compile_options(-fno-sanitize=null,alignment,vptr,object-size)
endif()
if(INTERLUDE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)  # all code under test tells the fuzzer where it has been
endif()

include(CheckPIESupported)
check_pie_supported()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(CMAKE_CXX_FLAGS_RELEASE "-O2")
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS -ftrivial-auto-var-init=zero
                      -fstack-protector-strong -fstack-clash-protection)
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    add_compile_options(-fcf-protection)
  endif()
  add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)
endif()
