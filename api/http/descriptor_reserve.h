#pragma once
// DescriptorReserve keeps one descriptor that can be given up: when no other is left, a client that
// wants to connect can still be told so.
//
// Thread  one.

namespace millrace::http {

class DescriptorReserve {
public:
    DescriptorReserve() { take(); }
    ~DescriptorReserve() { give_up(); }
    DescriptorReserve(const DescriptorReserve&) = delete;
    DescriptorReserve& operator=(const DescriptorReserve&) = delete;

    // Returns whether there is a free descriptor now.
    bool give_up();
    // Takes one again where it has none; without a free one it stays without.
    void take();

private:
    int fd_ = -1;
};

}  // namespace millrace::http
