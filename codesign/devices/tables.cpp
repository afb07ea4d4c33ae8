// SPDX-License-Identifier: Apache-2.0
#include "codesign/devices/tables.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include "arch_space/network.hpp"
#include "arch_space/spelling.hpp"
#include "codesign/devices/transformers.hpp"
#include "core/choice_space.hpp"
#include "core/document.hpp"
#include "core/files.hpp"
#include "core/value.hpp"
#include "models/device/columns.hpp"

namespace dyad::codesign {
namespace {

using models::CsvTable;
using models::WorkList;

constexpr const char* operations[] = {"skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"};

const std::string& cell(const CsvTable& table, std::size_t row, const std::string& column) {
    return table.rows[row][table.column(column)];
}

std::vector<int> integers(const std::string& text) {
    std::vector<int> list;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, '-');)
        list.push_back(part.size() < 5 && part.find_first_not_of("0123456789") == std::string::npos && !part.empty()
                           ? std::stoi(part)
                           : -1);
    return list;
}

std::string uniform_cell(const std::string& op) { return fmt::format("|{0}~0|+|{0}~0|{0}~1|+|{0}~0|{0}~1|{0}~2|", op); }

/// What all six edges of a cell cost beyond skips, a sixth of it for each.
WorkList edge(const WorkList& all, const WorkList& skips) {
    std::map<models::Work, double> sum;
    for (const auto& [work, count] : all) sum[work] += count / 6;
    for (const auto& [work, count] : skips) sum[work] -= count / 6;
    WorkList list;
    for (const auto& [work, count] : sum)
        if (std::abs(count) > 1e-9) list.push_back({work, count});
    return list;
}

void add(std::map<models::Work, double>& sum, const WorkList& list) {
    for (const auto& [work, count] : list) sum[work] += count;
}

}  // namespace

struct NetworkTables::Space {
    std::shared_ptr<const core::Document> document;
    core::ChoiceSpace genes;
    [[nodiscard]] WorkList works(const core::Genome& genome, std::uint64_t batch, bool eager) const {
        core::Errors errors;
        const auto network = arch_space::parse_network(core::Value(*document, &genome, errors));
        errors.throw_if_any();
        return models::works_of(arch_space::lower(network.value(), {.batch = batch, .fusion = !eager}));
    }
    [[nodiscard]] core::Genome read(const std::string& column, const std::string& text) const {
        core::Errors errors;
        const core::Genome none;
        const auto spelling = arch_space::Spelling::find(core::Value(*document, &none, errors), genes, column);
        const auto genome = spelling ? spelling->read(text) : std::nullopt;
        if (!genome) throw core::Error(fmt::format("'{}' is no member of the space", core::shortened(text)));
        return *genome;
    }
};

NetworkTables::NetworkTables(bool eager) : eager_(eager) {}
NetworkTables::~NetworkTables() = default;

bool NetworkTables::knows(const CsvTable& table) {
    return table.has("arch_str") || table.has("op_idx_list") ||
           (table.has("depths") && table.has("ks") && table.has("e")) || is_transformer_table(table);
}

NetworkTables::Space& NetworkTables::space(const std::string& name) {
    auto& found = spaces_[name];
    if (!found) {
        found = std::make_unique<Space>();
        found->document = core::read_document(core::find_config(name, "spaces"));
        found->genes = core::ChoiceSpace(*found->document);
    }
    return *found;
}

/// A cell of NAS-Bench-201 whose every edge runs: `none` is a product with 0 there, a pass over the cell's tensor.
WorkList NetworkTables::cells(const std::string& text, std::uint64_t batch) {
    auto& nb = space("nasbench201");
    (void)nb.read("arch_str", text);
    auto& base = parts_[{"base", batch}];
    if (base.empty()) {
        base = nb.works(nb.read("arch_str", uniform_cell(operations[0])), batch, true);
        for (const auto* op : operations)
            parts_[{op, batch}] = edge(nb.works(nb.read("arch_str", uniform_cell(op)), batch, true), base);
        auto& none = parts_[{"none", batch}];
        for (const std::uint64_t size : {16384, 8192, 4096})
            none.push_back({models::vector_work(models::WorkClass::elementwise, batch, size, 1), 5});
    }
    std::map<models::Work, double> sum;
    add(sum, base);
    for (auto tilde = text.find('~'); tilde != std::string::npos; tilde = text.find('~', tilde + 1)) {
        const auto from = text.rfind('|', tilde) + 1;
        add(sum, parts_.at({text.substr(from, tilde - from), batch}));
    }
    WorkList list;
    for (const auto& [work, count] : sum) list.push_back({work, count});
    return list;
}

WorkList NetworkTables::works(const CsvTable& table, std::size_t row, std::uint64_t batch) {
    if (is_transformer_table(table)) return transformer_works(table, row);
    if (table.has("arch_str")) {
        const auto& text = cell(table, row, "arch_str");
        if (eager_) return cells(text, batch);
        auto& nb = space("nasbench201");
        return nb.works(nb.read("arch_str", text), batch, false);
    }
    if (table.has("op_idx_list")) {
        auto& fbnet = space("fbnet_cifar100");
        return fbnet.works(fbnet.read("op_idx_list", cell(table, row, "op_idx_list")), batch, eager_);
    }
    auto& ofa = space("ofa_mobilenet_v3");
    const auto depths = integers(cell(table, row, "depths")), kernels = integers(cell(table, row, "ks")),
               expands = integers(cell(table, row, "e")), side = integers(cell(table, row, "resolution"));
    if (depths.size() != 5 || kernels.size() != 20 || expands.size() != 20 || side.size() != 1)
        throw core::Error("expected 5 depths, 20 kernels, 20 expansions and a resolution");
    core::Genome genome;
    const auto pick = [&](int value, std::initializer_list<int> options) {
        const auto found = std::ranges::find(options, value);
        if (found == options.end()) throw core::Error(fmt::format("{} is no setting of the space", value));
        genome.push_back(static_cast<double>(found - options.begin()));
    };
    for (std::size_t i = 0; i < 20; ++i) {
        pick(kernels[i], {3, 5, 7});
        pick(expands[i], {3, 4, 6});
    }
    if (side[0] < 128 || side[0] > 224 || side[0] % 4 != 0) throw core::Error("a resolution that the space lacks");
    genome.push_back(side[0]);
    for (const int depth : depths) {
        if (depth < 2 || depth > 4) throw core::Error(fmt::format("{} is no depth of the space", depth));
        genome.push_back(depth > 2 ? 1 : 0);
        genome.push_back(depth > 3 ? 1 : 0);
    }
    return ofa.works(genome, batch, eager_);
}

namespace {

/// Next to the table that names it, or as if it were named on the command line.
std::filesystem::path network_file(const std::string& network, const std::string& table) {
    const auto beside = std::filesystem::path(table).parent_path() / network;
    return std::filesystem::is_regular_file(beside) ? beside : core::find_config(network, "networks");
}

}  // namespace

WorkList NetworkTables::named(const std::string& network, std::uint64_t batch, const std::string& table) {
    const auto file = network_file(network, table);
    auto& known = parts_[{"network " + file.string(), batch}];
    if (known.empty()) {
        const auto read = arch_space::read_network(*core::read_document(file));
        known = models::works_of(arch_space::lower(read, {.batch = batch, .fusion = !eager_}));
    }
    return known;
}

namespace {

bool measured_here(const models::Device& device, const std::string& name) {
    return name == device.name || std::ranges::find(device.measured_as, name) != device.measured_as.end();
}

void add_transformers(const models::Device& device, const CsvTable& table, std::vector<models::Sample>& samples,
                      core::Errors& errors) {
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        if (!measured_here(device, cell(table, i, "device"))) continue;
        models::Sample s{.works = transformer_works(table, i), .seconds = 0, .config = {}, .group = "transformer"};
        s.seconds = models::parse_milliseconds(cell(table, i, "latency_total_ms"), table.file, table.lines[i], errors);
        for (std::size_t c = 0; c < table.header.size(); ++c)
            if (table.header[c] != "device" && !table.header[c].starts_with("latency"))
                s.config += table.rows[i][c] + "|";
        samples.push_back(std::move(s));
    }
}

void add_columns(const models::Device& device, const CsvTable& table, NetworkTables& networks,
                 std::vector<models::Sample>& samples, core::Errors& errors) {
    for (const auto& [column, batch] : device.columns) {
        if (!table.has(column)) continue;
        for (std::size_t i = 0; i < table.rows.size(); ++i) {
            const auto& text = cell(table, i, column);
            if (text.empty() || text == "nan") continue;  // not measured
            if (table.has("macs_live") && !device.runs_dead_branches && cell(table, i, "macs_live") == "7783040")
                continue;  // no path from input to output
            models::Sample s;
            s.seconds = models::parse_milliseconds(text, table.file, table.lines[i], errors);
            s.group = table.has("arch_str") ? "nasbench201" : table.has("op_idx_list") ? "fbnet" : "ofa";
            s.config = s.group + (table.has("arch_str") ? cell(table, i, "arch_str") : cell(table, i, "arch_id"));
            try {
                s.works = networks.works(table, i, batch);
            } catch (const core::Error& error) {
                errors.add({table.file, static_cast<int>(table.lines[i]), 0}, "", error.what());
                continue;
            }
            samples.push_back(std::move(s));
        }
    }
}

}  // namespace

std::vector<models::Sample> samples_of(const models::Device& device, const std::vector<std::string>& files,
                                       bool unnamed) {
    std::vector<models::Sample> samples;
    core::Errors errors;
    NetworkTables networks(device.runs_dead_branches);
    for (const auto& file : files) {
        const auto table = CsvTable::read(file);
        if (is_transformer_table(table)) {
            add_transformers(device, table, samples, errors);
            continue;
        }
        if (NetworkTables::knows(table)) {
            add_columns(device, table, networks, samples, errors);
            continue;
        }
        if (!models::is_kernel_table(table) || !models::has_times(table)) {
            errors.add({file, 1, 0}, "", models::no_profile(table, false));
            continue;
        }
        const auto named = [&](const std::string& network, std::uint64_t batch) {
            return networks.named(network, batch, table.file);
        };
        for (auto& row : models::profile_rows(table, false, named, errors)) {
            if (row.device.empty() ? unnamed : measured_here(device, row.device))
                samples.push_back(std::move(row.sample));
        }
    }
    errors.throw_if_any();
    return samples;
}

std::vector<WorkList> rows_to_predict(const models::Device& device, const CsvTable& table) {
    std::vector<WorkList> works(table.rows.size());
    core::Errors errors;
    NetworkTables networks(device.runs_dead_branches);
    if (NetworkTables::knows(table)) {
        const std::uint64_t batch = device.columns.empty() ? 1 : device.columns.begin()->second;
        for (std::size_t i = 0; i < works.size(); ++i) try {
                works[i] = networks.works(table, i, batch);
            } catch (const core::Error& error) {
                errors.add({table.file, static_cast<int>(table.lines[i]), 0}, "", error.what());
            }
    } else if (models::is_kernel_table(table)) {
        const auto named = [&](const std::string& network, std::uint64_t batch) {
            return networks.named(network, batch, table.file);
        };
        for (auto& row : models::profile_rows(table, true, named, errors)) works[row.row] = std::move(row.sample.works);
    } else {
        errors.add({table.file, 1, 0}, "", models::no_profile(table, true));
    }
    errors.throw_if_any();
    return works;
}

std::string devices_in(const std::vector<std::string>& files) {
    std::set<std::string> names;
    for (const auto& file : files) {
        const auto table = CsvTable::read(file);
        if (table.has("device"))
            for (std::size_t i = 0; i < table.rows.size(); ++i) names.insert(cell(table, i, "device"));
        else if (NetworkTables::knows(table))
            names.insert(table.header.begin(), table.header.end());
    }
    return core::shortened(fmt::format("{}", fmt::join(names, ", ")), 300);
}

std::vector<models::Sample> samples_of_others(const models::Device& device, const std::vector<std::string>& files) {
    std::vector<models::Sample> samples;
    std::vector<std::string> of_several;  // rows without a device are the device's own
    std::ranges::copy_if(files, std::back_inserter(of_several),
                         [](const auto& file) { return CsvTable::read(file).has("device"); });
    if (of_several.empty()) return samples;
    for (const auto& name : core::list_configs("devices")) {
        auto other = find_device(name);
        if (name == device.name || other.measured_as.empty() || other.platform.kind != device.platform.kind) continue;
        if (std::ranges::any_of(other.measured_as, [&](const auto& as) { return measured_here(device, as); })) continue;
        other.columns.clear();
        const auto platform = std::make_shared<const models::Platform>(other.platform);
        for (auto& sample : samples_of(other, of_several, false)) {
            if (sample.works.size() != 1 || sample.works[0].count != 1) continue;
            sample.platform = platform;
            samples.push_back(std::move(sample));
        }
    }
    return samples;
}

std::vector<std::shared_ptr<const models::Device>> known_devices(const models::Device& device,
                                                                 const std::string& names) {
    std::vector<std::shared_ptr<const models::Device>> list;
    const bool all = names == "all";
    std::vector<std::string> asked;
    std::istringstream in(names);
    for (std::string name; std::getline(in, name, ',');) asked.push_back(name);
    for (const auto& name : all ? core::list_configs("devices") : asked) {
        auto known = find_device(name);
        const auto& c = known.calibration;
        const bool fits = c && c->transfer.empty() && !c->correction.points.empty();
        if (!fits && !all) throw core::Error(fmt::format("{}: is not calibrated to networks, so tells nothing", name));
        if (fits && known.name != device.name) list.push_back(std::make_shared<const models::Device>(std::move(known)));
    }
    if (list.empty()) throw core::Error("no other device is calibrated to networks");
    return list;
}

models::Device find_device(const std::string& name) {
    return models::read_device(*core::read_document(core::find_config(name, "devices")));
}

std::vector<models::Device> siblings_of(const models::Device& device) {
    std::vector<models::Device> list;
    const auto known = core::list_configs("devices");
    for (const auto& name : device.siblings)
        if (std::ranges::find(known, name) != known.end()) list.push_back(find_device(name));
    return list;
}

}  // namespace dyad::codesign
