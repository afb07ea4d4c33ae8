// SPDX-License-Identifier: Apache-2.0
// The module that start_mpi() loads; the only file that knows MPI.
#include <mpi.h>

#include <cstdio>

#include "codesign/mpi/messages.hpp"

namespace dyad::codesign {
namespace {

class MpiMessages final : public Messages {
public:
    MpiMessages() {
        int provided = 0;
        MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    }
    ~MpiMessages() override { MPI_Finalize(); }
    MpiMessages(const MpiMessages&) = delete;
    MpiMessages& operator=(const MpiMessages&) = delete;

    void send(int rank, Tag tag, const std::string& text) override {
        MPI_Send(text.data(), static_cast<int>(text.size()), MPI_CHAR, rank, static_cast<int>(tag), MPI_COMM_WORLD);
    }

    std::optional<Message> receive() override {
        int here = 0, size = 0;
        MPI_Status status;
        MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &here, &status);
        if (here == 0) return std::nullopt;
        MPI_Get_count(&status, MPI_CHAR, &size);
        Message message{status.MPI_SOURCE, static_cast<Tag>(status.MPI_TAG),
                        std::string(static_cast<std::size_t>(size), '\0')};
        MPI_Recv(message.text.data(), size, MPI_CHAR, message.rank, status.MPI_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        return message;
    }

    void abort(const std::string& reason) override {
        std::fprintf(stderr, "dyad: %s\n", reason.c_str());
        MPI_Abort(MPI_COMM_WORLD, 3);
    }
};

}  // namespace
}  // namespace dyad::codesign

extern "C" [[gnu::visibility("default")]] dyad::codesign::Messages* dyad_start_mpi();
extern "C" dyad::codesign::Messages* dyad_start_mpi() { return new dyad::codesign::MpiMessages; }
