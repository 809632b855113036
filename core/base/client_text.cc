#include "core/base/client_text.h"

#include <cstddef>

#include "core/base/shown_text.h"

namespace millrace {
namespace {

// No message needs as many; whatever a client has put into one, its answer is small.
constexpr std::size_t kSentenceCharactersMax = 8'000;

bool ends_a_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '"' ||
           c == '`';
}

}  // namespace

bool is_for_client(const Error& error) {
    switch (error.code()) {
        case Code::invalid:
        case Code::not_found:
        case Code::conflict:
        case Code::unauthorized:
        case Code::too_large:
        case Code::overloaded:
            return true;
        case Code::unavailable:
        case Code::unknown_outcome:
        case Code::corrupt:
        case Code::internal:
            return false;
    }
    return false;
}

bool is_fault_of_service(const Error& error) {
    return error.code() == Code::overloaded || !is_for_client(error);
}

std::string as_sentence(std::string_view text) {
    auto sentence = shortened(text, kSentenceCharactersMax);
    if (sentence.empty()) return sentence;
    if (sentence.front() >= 'a' && sentence.front() <= 'z') {
        sentence.front() = static_cast<char>(sentence.front() - 'a' + 'A');
    }
    if (ends_a_word(sentence.back())) sentence.push_back('.');
    return sentence;
}

}  // namespace millrace
