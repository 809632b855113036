#pragma once
// Exchange::refusal() has an answer at once, mostly. Where something has to be ended first, so that
// the answer is true when it is heard, it returns answer_later(): the exchange answers by its
// writer then, and gets nothing more of the body.

#include "api/http/answer.h"

namespace millrace::http {

inline Answer answer_later() {
    Answer none;
    none.status = 0;
    return none;
}

inline bool is_later(const Answer& answer) {
    return answer.status == 0;
}

}  // namespace millrace::http
