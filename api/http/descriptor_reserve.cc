#include "api/http/descriptor_reserve.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace millrace::http {

bool DescriptorReserve::give_up() {
    const int fd = std::exchange(fd_, -1);
    return fd >= 0 && ::close(fd) == 0;
}

void DescriptorReserve::take() {
    if (fd_ < 0) fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

}  // namespace millrace::http
