#include "templates/progress.h"

#include <sys/mman.h>
#include <unistd.h>

#include <utility>

namespace millrace::templates {
namespace {

Error no_page() {
    return Error(Code::unavailable, "no memory to share with a template worker");
}

}  // namespace

Result<Progress> Progress::create() {
    const int descriptor = ::memfd_create("millrace-template-progress", MFD_CLOEXEC);
    if (descriptor < 0) return no_page();
    const bool sized = ::ftruncate(descriptor, sizeof(Page)) == 0;
    auto* const page =
        sized ? ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
              : MAP_FAILED;
    if (page == MAP_FAILED) {
        ::close(descriptor);
        return no_page();
    }
    Progress progress(static_cast<Page*>(page), descriptor);
    progress.end();
    return progress;
}

Result<Progress> Progress::attach(int descriptor) {
    auto* const page =
        ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    ::close(descriptor);
    if (page == MAP_FAILED) return no_page();
    return Progress(static_cast<Page*>(page), -1);
}

Progress::Progress(Progress&& other) noexcept
    : page_(std::exchange(other.page_, nullptr)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

Progress::~Progress() {
    forget_descriptor();
    if (page_ != nullptr) ::munmap(page_, sizeof(Page));
}

void Progress::forget_descriptor() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

}  // namespace millrace::templates
