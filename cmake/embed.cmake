# millrace_embed(target HEADER api/openapi/files.h TABLE name::files TYPE name::File
#                FILES "index.html=/path/of/the/file" ...)
# compiles files into a target: defines `std::span<const TYPE> TABLE()`, where TYPE has the members
# {name, bytes} and HEADER declares both. The assembler takes the bytes in as they are, so that a large
# file costs no compile time.
function(millrace_embed target)
    cmake_parse_arguments(arg "" "HEADER;TABLE;TYPE" "FILES" ${ARGN})
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${target}_embedded.cc)
    millrace_embed_source(
        ${source} PREFIX ${target} HEADER ${arg_HEADER} TABLE ${arg_TABLE} TYPE ${arg_TYPE} FILES ${arg_FILES})
    set(paths ${arg_FILES})
    list(TRANSFORM paths REPLACE "^[^=]+=" "")
    set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${paths}")
    target_sources(${target} PRIVATE ${source})
endfunction()

# Writes the source file that does so. NOTE is a comment in it: where the files are made by the build under
# names that stay, what changes with their bytes.
function(millrace_embed_source source)
    cmake_parse_arguments(arg "" "PREFIX;HEADER;TABLE;TYPE;NOTE" "FILES" ${ARGN})
    set(symbols "")
    set(assembly "")
    set(rows "")
    set(index 0)
    foreach(file IN LISTS arg_FILES)
        string(REGEX MATCH "^([^=]+)=(.+)$" matched "${file}")
        set(symbol ${arg_PREFIX}_file_${index})
        math(EXPR index "${index} + 1")
        string(APPEND symbols "extern \"C\" const char ${symbol}_begin[];\nextern \"C\" const char ${symbol}_end[];\n")
        string(APPEND assembly
               "    .global ${symbol}_begin\n${symbol}_begin:\n    .incbin \"${CMAKE_MATCH_2}\"\n"
               "    .global ${symbol}_end\n${symbol}_end:\n    .byte 0\n")
        string(APPEND rows "        {\"${CMAKE_MATCH_1}\", {${symbol}_begin, static_cast<std::size_t>(${symbol}_end - ${symbol}_begin)}},\n")
    endforeach()
    file(CONFIGURE OUTPUT ${source} @ONLY CONTENT [=[// Made by cmake/embed.cmake. @arg_NOTE@
#include <array>

#include "@arg_HEADER@"

asm(R"(
    .pushsection .rodata
@assembly@    .popsection
)");

@symbols@
std::span<const @arg_TYPE@> @arg_TABLE@() {
    static const std::array<@arg_TYPE@, @index@> table = {{
@rows@    }};
    return table;
}
]=])
endfunction()
