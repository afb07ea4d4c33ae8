// SPDX-License-Identifier: Apache-2.0
#include "sim/dram_timing.hpp"

#include <doctest/doctest.h>

#include "core/random.hpp"
#include "tests/sim/fixtures.hpp"

using namespace dyad;
using namespace dyad::sim;
using sim::test::easy_dram;
using sim::test::ns;

namespace {

constexpr Window wide{1024, 256};

Picoseconds read(DramTiming& dram, std::uint64_t address, std::uint64_t bytes, Picoseconds at) {
    return dram.serve({address, bytes, false}, at, wide).done;
}
Picoseconds write(DramTiming& dram, std::uint64_t address, std::uint64_t bytes, Picoseconds at) {
    return dram.serve({address, bytes, true}, at, wide).done;
}

/// A DRAM of easy numbers that refreshes for 200 ns every 4 us.
DramParams refreshed() {
    auto params = easy_dram();
    params.refresh_interval = 4000 * ns;
    params.refresh_time = 200 * ns;
    return params;
}

}  // namespace

TEST_SUITE("sim/dram_timing") {
    TEST_CASE("a closed row costs activate, column and burst") {
        DramTiming dram(easy_dram());
        const auto served = dram.serve({0, 64, false}, 0, wide);
        CHECK(served.done == (15 + 20 + 10) * ns);
        CHECK(served.activates == 1);
        CHECK(dram.is_open(0));
        CHECK_FALSE(dram.is_open(1024));
    }

    TEST_CASE("an open row costs column and burst only") {
        DramTiming dram(easy_dram());
        (void)read(dram, 0, 64, 0);
        const auto hit = dram.serve({64, 64, false}, 100 * ns, wide);
        CHECK(hit.done == (100 + 20 + 10) * ns);
        CHECK(hit.activates == 0);
    }

    TEST_CASE("another row of the same bank is precharged first") {
        DramTiming dram(easy_dram());
        (void)read(dram, 0, 64, 0);
        const auto conflict = dram.serve({4 * 1024, 64, false}, 1000 * ns, wide);  // 4 banks: row 1 of bank 0
        CHECK(conflict.done == (1000 + 15 + 15 + 20 + 10) * ns);
        CHECK(conflict.activates == 1);
        CHECK_FALSE(dram.is_open(0));
    }

    TEST_CASE("a bank is activated again only after its row cycle") {
        // Activated at 0: it may be precharged at 60 - 15 = 45 ns and activated at 60 ns; data 35 ns later, 10 ns long.
        for (const Picoseconds at : {30 * ns, 45 * ns, 46 * ns}) {
            DramTiming dram(easy_dram());
            (void)read(dram, 0, 64, 0);
            const auto activate = at <= 45 * ns ? 60 * ns : at + 15 * ns;
            CHECK(read(dram, 4 * 1024, 64, at) == activate + (15 + 20 + 10) * ns);
        }
    }

    TEST_CASE("a row is opened in one bank while another transfers") {
        // Row 0: data from 35 to 195 ns. Row 1 lies in bank 1, open long before: its data follows without a gap.
        DramTiming dram(easy_dram());
        const auto served = dram.serve({0, 2048, false}, 0, wide);
        CHECK(served.done == (35 + 160 + 160) * ns);
        CHECK(served.activates == 2);
    }

    TEST_CASE("a requester that looks one request ahead opens the next row too late") {
        // 64 B under way: each request of 64 B takes 20 + 10 ns, 16 of them 480 ns, from 35 on. The first of row 1 is
        // issued when the last of row 0 has arrived (515): 35 ns to open, then 480 ns more.
        DramTiming dram(easy_dram());
        CHECK(dram.serve({0, 2048, false}, 0, {64, 64}).done == (35 + 480 + 35 + 480) * ns);
    }

    TEST_CASE("bytes under way limit the bandwidth (Little's law)") {
        // A request of 256 B comes back after 20 + 40 ns. One under way: 256 B in 60 ns. Two: 40 ns each, the bus's
        // pace.
        DramTiming one(easy_dram()), two(easy_dram());
        CHECK(one.serve({0, 1024, false}, 0, {256, 256}).done == (35 + 4 * 60) * ns);
        CHECK(two.serve({0, 1024, false}, 0, {512, 256}).done == (35 + 4 * 40) * ns);
    }

    TEST_CASE("a requester may go on when its last request has left") {
        // 2048 B with 1024 B under way: the last request leaves when the first 1024 B have arrived, at 35 + 160 ns.
        DramTiming dram(easy_dram());
        CHECK(dram.serve({0, 2048, false}, 0, wide).issued == 195 * ns);
        CHECK(DramTiming(easy_dram()).serve({0, 1024, false}, 7 * ns, wide).issued == 7 * ns);
    }

    TEST_CASE("the bus needs time to turn around") {
        SUBCASE("read to write: 5 ns") {
            DramTiming dram(easy_dram());
            CHECK(read(dram, 0, 64, 0) == 45 * ns);
            CHECK(write(dram, 64, 64, 0) == (45 + 5 + 10) * ns);
        }
        SUBCASE("write to read: 12 ns to the command, 20 to its data") {
            DramTiming dram(easy_dram());
            CHECK(write(dram, 0, 64, 0) == 45 * ns);
            CHECK(read(dram, 64, 64, 0) == (45 + 12 + 20 + 10) * ns);
        }
        SUBCASE("same direction: none") {
            DramTiming dram(easy_dram());
            (void)write(dram, 0, 64, 0);
            CHECK(write(dram, 64, 64, 0) == (45 + 10) * ns);
        }
    }

    TEST_CASE("a part of a burst takes a whole one") {
        DramTiming dram(easy_dram());
        CHECK(read(dram, 0, 65, 0) == (35 + 2 * 10) * ns);
    }

    TEST_CASE("a burst that cannot start before a refresh waits for its end") {
        // A closed row: data 35 ns after the request. At 3964 ns the burst still starts at 3999 ns; one later it does
        // not.
        DramTiming in_time(refreshed()), late(refreshed());
        CHECK(read(in_time, 0, 64, 3964 * ns) == (3999 + 10) * ns);
        CHECK(read(late, 0, 64, 3965 * ns) == (4200 + 35 + 10) * ns);
    }

    TEST_CASE("a refresh interrupts a transfer and closes its row") {
        // Data from 3935 ns: 7 bursts start before 4000 ns. The other 9 wait for 4200 ns and the row to open again.
        DramTiming dram(refreshed());
        const auto served = dram.serve({0, 1024, false}, 3900 * ns, wide);
        CHECK(served.done == (4200 + 35 + 9 * 10) * ns);
        CHECK(served.activates == 2);
    }

    TEST_CASE("refreshes that fall into idle time close the rows and delay nobody") {
        DramTiming dram(refreshed());
        (void)read(dram, 0, 64, 0);
        CHECK(dram.serve({0, 64, false}, 9000 * ns, wide).done == 9045 * ns);
        SUBCASE("a request inside a refresh waits for its end") {
            CHECK(read(dram, 0, 64, 12'100 * ns) == 12'245 * ns);
        }
    }

    TEST_CASE("addresses are interleaved over the channels") {
        auto params = easy_dram();
        params.channels = 2;
        DramTiming dram(params);
        // 256 B to each channel at once: 35 + 4 bursts. With one channel it would be 8.
        CHECK(dram.serve({0, 512, false}, 0, wide).done == (35 + 40) * ns);
        CHECK(dram.is_open(0));
        CHECK(dram.is_open(256));
        CHECK(dram.last_transfer(1) == std::pair{35 * ns, 75 * ns});
        // 100 B inside the first unit stay in channel 0.
        (void)dram.serve({512, 100, false}, 1000 * ns, wide);
        CHECK(dram.last_transfer(1) == std::pair<Picoseconds, Picoseconds>{0, 0});
    }

    TEST_CASE("no stream is faster than the bus, and a long one comes near to it") {
        DramTiming dram(easy_dram());
        const std::uint64_t bytes = 1 << 20;
        const auto done = read(dram, 0, bytes, 0);
        const auto bus = bytes / 64 * 10 * ns;
        CHECK(done == 35 * ns + bus);
    }

    TEST_CASE("a link slower than the DRAM sets the pace") {
        // 64 B in 10 ns from the DRAM, 64 B in 32 ns over a link of 2 GB/s. The first data come after 35 ns.
        auto params = easy_dram();
        params.link = 2'000'000'000;
        DramTiming dram(params);
        const auto first = dram.serve({0, 2048, false}, 0, wide);
        CHECK(first.done == (35 + 2048 / 2) * ns);
        CHECK(first.issued == (35 + (2048 - 1024) / 2) * ns);
        CHECK(dram.serve({4096, 64, true}, first.done, wide).done > first.done + 32 * ns);
    }

    TEST_CASE("splitting a stream into chunks does not change when it ends") {
        auto params = refreshed();
        params.channels = 2;
        DramTiming whole(params), chunks(params);
        const auto done = whole.serve({0, 64 * 1024, false}, 0, wide).done;
        Served part;
        for (std::uint64_t at = 0; at < 64 * 1024; at += 4096)
            part = chunks.serve({at, 4096, false}, part.issued, wide);
        CHECK(part.done == done);
    }

    TEST_CASE("bursts within one bank group are tCCD_L apart, in turn over the groups tCCD_S") {
        // 16 bursts of 64 B are one row of 1 KiB. Same group: 15 ns each. Two groups in turn: max(10, 15 / 2) ns each.
        hw_space::Dram dram;
        auto standard = sim::test::easy_standard();
        standard->bank_groups = 2;
        standard->ccd_s = core::Seconds(10e-9);
        standard->ccd_l = core::Seconds(15e-9);
        dram.standard = standard;
        dram.refresh = false;
        DramTiming in_turn(dram_params(dram, core::Bytes(256)));
        const auto served = in_turn.serve({0, 1024, false}, 0, wide);
        CHECK(served.done == (35 + 16 * 10) * ns);
        CHECK(served.activates == 2);
        using enum hw_space::DramField;
        dram.mapping = {row, rank, bank, bank_group, column, channel};
        DramTiming one_group(dram_params(dram, core::Bytes(256)));
        CHECK(one_group.serve({0, 1024, false}, 0, {4096, 256}).done == (35 + 16 * 15) * ns);
    }

    TEST_CASE("activates of one rank keep tRRD and tFAW apart") {
        // Five rows of five banks at once. tRRD_S 20, tRRD_L 30 (banks 0 to 3 are of group 0, bank 4 of group 1).
        auto params = easy_dram();
        params.groups = 2;
        params.rrd_s = 20 * ns;
        params.rrd_l = 30 * ns;
        SUBCASE("tRRD: 0, 30, 60, 90 in one group, 110 in the other") {
            DramBanks banks(params);
            for (std::uint64_t b = 0; b < 4; ++b) CHECK(banks.open({0, 0, b, 7}, 0) == (15 + 30 * b) * ns);
            CHECK(banks.open({0, 1, 4, 7}, 0) == (15 + 110) * ns);
        }
        SUBCASE("tFAW: the fifth waits for the first") {
            params.faw = 200 * ns;
            DramBanks banks(params);
            for (std::uint64_t b = 0; b < 4; ++b) (void)banks.open({0, 0, b, 7}, 0);
            CHECK(banks.open({0, 1, 4, 7}, 0) == (15 + 200) * ns);
        }
        SUBCASE("another rank waits for neither") {
            params.ranks = 2;
            DramBanks banks(params);
            (void)banks.open({0, 0, 0, 7}, 0);
            CHECK(banks.open({1, 0, 8, 7}, 0) == 15 * ns);
        }
    }

    TEST_CASE("a read is precharged tRTP after its command, a write tWR after its data") {
        // Row 0 read or written from 35 to 45 ns; row 1 of the same bank is asked for at 50 ns. tRAS 45 is over then.
        auto params = easy_dram();
        params.read_to_precharge = 40 * ns;  // the command of the burst came at 15 ns: precharge at 55
        params.write_recovery = 30 * ns;     // the data end at 45 ns: precharge at 75
        DramTiming after_read(params), after_write(params);
        (void)read(after_read, 0, 64, 0);
        CHECK(read(after_read, 4 * 1024, 64, 50 * ns) == (55 + 15 + 35 + 10) * ns);
        (void)write(after_write, 0, 64, 0);
        CHECK(write(after_write, 4 * 1024, 64, 50 * ns) == (75 + 15 + 35 + 10) * ns);
    }

    TEST_CASE("a read after a write waits longer for the same bank group") {
        auto params = easy_dram();
        params.groups = 2;
        params.wtr_s = 4 * ns;
        params.wtr_l = 12 * ns;  // on the data bus 20 ns more: the read's column access
        for (const bool same : {true, false}) {
            DramTiming dram(params);
            (void)read(dram, 0, 128, 0);         // both groups' rows are open
            (void)write(dram, 0, 64, 100 * ns);  // group 0, data to 130 ns
            CHECK(read(dram, same ? 128 : 64, 64, 100 * ns) == (130 + 20 + (same ? 12 : 4) + 10) * ns);
        }
    }

    TEST_CASE("the data bus rests when the rank changes") {
        auto params = easy_dram();
        params.ranks = 2;
        params.rank_switch = 6 * ns;
        DramTiming dram(params);
        (void)read(dram, 0, 64, 0);
        (void)read(dram, 4 * 1024, 64, 0);  // four banks on: the next rank
        CHECK(read(dram, 0, 64, 200 * ns) == 230 * ns);
        CHECK(read(dram, 4 * 1024, 64, 200 * ns) == (230 + 6 + 10) * ns);
        CHECK(read(dram, 4 * 1024 + 64, 64, 200 * ns) == (246 + 10) * ns);
    }

    TEST_CASE("the mapping says what the next page shares with the last") {
        using enum hw_space::DramField;
        auto params = easy_dram();
        params.rows = 100;
        CHECK(params.place(1, 0).bank == 1);  // row, rank, bank, column, ...: the next bank
        CHECK(params.place(4, 0).row == 1);
        CHECK(params.place(4 * 99, 0).row == 99);
        CHECK(params.place(4 * 100, 0).row == 100);  // round again, in a row of its own
        CHECK(params.rotation() == 4 * 1024);
        params.mapping = {rank, bank, row, column, bank_group, channel};  // the next row of the same bank
        CHECK(params.place(1, 0).bank == 0);
        CHECK(params.place(1, 0).row == 1);
        CHECK(params.place(100, 0).bank == 1);
        CHECK(params.place(4 * 100, 0).bank == 0);  // round again
        CHECK(params.place(4 * 100, 0).row == 100);
        CHECK(params.rotation() == 4 * 100 * 1024);
        // Two rows in sequence are a conflict then: precharge with the last read at 165, then 15 + 35.
        DramTiming dram(params);
        CHECK(dram.serve({0, 2048, false}, 0, wide).done == (35 + 160 + 15 + 35 + 160 - 30) * ns);
    }

    TEST_CASE("channels above the column hold whole pages") {
        using enum hw_space::DramField;
        hw_space::Dram dram;
        dram.standard = sim::test::easy_standard();
        dram.channels = 2;
        dram.mapping = {row, rank, bank, channel, column, bank_group};
        CHECK(dram_params(dram, core::Bytes(256)).interleave == 1024);
        dram.mapping = {channel, row, rank, bank, column, bank_group};
        CHECK(dram_params(dram, core::Bytes(256)).interleave == std::uint64_t{1} << 30);
    }

    TEST_CASE("parameters come from the standard") {
        hw_space::Dram dram;
        dram.standard = sim::test::easy_standard();
        dram.channels = 2;
        const auto params = dram_params(dram, core::Bytes(200));
        CHECK(params.burst == 64);
        CHECK(params.burst_time == 10 * ns);
        CHECK(params.interleave == 256);  // 200 B in whole bursts that divide the row
        CHECK(params.rotation() == 1024 * 2 * 4);
        CHECK(params.refresh_interval == 4000 * ns);
        dram.refresh = false;
        CHECK(dram_params(dram, core::Bytes(256)).refresh_interval == 0);
    }
}
