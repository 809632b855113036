#pragma once
// Bodies in every coding, made by the libraries that read them; with checksums.

#include <string>
#include <string_view>

#include "api/http/stream_coding.h"

namespace millrace::http {

std::string coded(StreamCoding coding, std::string_view plain);

}  // namespace millrace::http
