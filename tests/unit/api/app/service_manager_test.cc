#include "api/app/service_manager.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "storage/os/posix_error.h"
#include "tests/support/temp_directory.h"

namespace millrace {
namespace {

// Stands in for systemd: hears what is sent to the socket of that name.
class Listener {
public:
    explicit Listener(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, name.data(), name.size());
        if (name[0] == '@') address.sun_path[0] = '\0';
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
    }

    // Empty if nothing was sent.
    std::string heard() const {
        std::array<char, 256> text = {};
        const auto size = ::recv(socket_.get(), text.data(), text.size(), MSG_DONTWAIT);
        return size < 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(size));
    }

private:
    os::Descriptor socket_;
};

TEST(ServiceManagerTest, HearsThatTheServiceIsReadyAndThatItStops) {
    const testing_support::TempDirectory folder;
    const std::vector<std::string> names = {folder.path() + "/notify",
                                            "@millrace-notify-test-" + std::to_string(::getpid())};
    for (const auto& name : names) {
        SCOPED_TRACE(name);
        const Listener systemd(name);
        const ServiceManager manager(name);
        EXPECT_TRUE(manager.is_there());
        EXPECT_TRUE(manager.is_ready().ok());
        EXPECT_EQ(systemd.heard(), "READY=1");
        EXPECT_TRUE(manager.is_stopping().ok());
        EXPECT_EQ(systemd.heard(), "STOPPING=1");
        EXPECT_EQ(systemd.heard(), "");
    }
}

TEST(ServiceManagerTest, NobodyNeedsToBeThere) {
    EXPECT_FALSE(ServiceManager("").is_there());
    EXPECT_TRUE(ServiceManager("").is_ready().ok());
    const testing_support::TempDirectory folder;
    const auto nobody = ServiceManager(folder.path() + "/none").is_ready();
    EXPECT_EQ(nobody.error().code(), Code::not_found);
    for (const auto& name : {std::string("relative"), "/" + std::string(200, 'x')}) {
        EXPECT_EQ(ServiceManager(name).is_ready().error().code(), Code::invalid) << name;
    }
}

}  // namespace
}  // namespace millrace
