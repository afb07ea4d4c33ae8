// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>

namespace dyad::codesign {

enum class Tag { hello, job, answer, quit, bye };

struct Message {
    int rank = 0;  ///< who sent it
    Tag tag = Tag::hello;
    std::string text;
};

/// Texts between the processes that one mpirun started. Destroy it only when nothing is on its way any more: that waits
/// for the other ranks to do the same.
class Messages {
public:
    virtual ~Messages() = default;
    virtual void send(int rank, Tag tag, const std::string& text) = 0;
    /// The next message that is here already, if any.
    [[nodiscard]] virtual std::optional<Message> receive() = 0;
    /// Ends all ranks at once, with the reason on standard error.
    virtual void abort(const std::string& reason) = 0;
};

/// Starts MPI, once a process. It stands in a module beside the program, so that a program that is not under mpirun
/// never loads MPI. Throws core::Error when the module is not there.
[[nodiscard]] std::unique_ptr<Messages> start_mpi();

}  // namespace dyad::codesign
