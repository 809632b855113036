#pragma once
// The answers of Doris' other calls: the envelope of its front end, and that of two-phase commits.

#include <cstdint>
#include <string>
#include <string_view>

#include "api/http/answer.h"
#include "api/stream_load/load_result.h"
#include "core/base/error.h"
#include "core/model/defined_table.h"

namespace millrace::stream_load {

// {"msg":"success","code":0,"data":<data>,"count":0}; `data` is JSON.
http::Answer envelope(std::string_view data);

// {"msg":"Not Found","code":404,"data":"text","count":0}, with that status of HTTP where it is 401
// or 405; else 200, as clients expect it.
http::Answer refused_envelope(int code, std::string_view text);

// {"status":"Success","msg":"text"}
http::Answer two_phase_answer(std::string_view status, std::string_view text);

http::Answer load_answer(const LoadResult& result, int status = 200);

// `data` of the calls of the same names.
std::string backends_data(std::string_view host, std::uint16_t own_port);
std::string schema_data(const DefinedTable& table);
std::string bootstrap_data();

}  // namespace millrace::stream_load
