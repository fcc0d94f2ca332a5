// Compares our reference finder for x86-64 with Zydis (compare.hpp).
//
//   witness_zydis PATH…      files, or folders: every ELF file for x86-64 below
//
// Prints a line for each file, one for all, and what they disagree about. "% ours" is how many of
// our references Zydis has, too, "% Zydis" the other way round. Exit status 0 where both are at
// least 99.99 % in the functions of every file, and 99.9 % over everything in all of them; 1 where
// not; 2 for anything that cannot be compared.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "compare.hpp"

namespace {

using namespace interlude;
using witness::Comparison;
using witness::Counts;

constexpr std::uint64_t kInFunctions = 9999;  // of 10,000
constexpr std::uint64_t kOverall = 9990;
constexpr std::size_t kMostKinds = 40;

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && !entry.is_symlink()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

/// Nothing where the file is none for us.
std::optional<Comparison> compare_file(const std::filesystem::path& path) {
  const Bytes file = read_file(path);
  const std::optional<elf::Image> image = elf::Image::parse(file);
  if (!image || image->machine() != elf::Machine::X86_64) return std::nullopt;
  return witness::compare(*image, path.filename().string());
}

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

void print_row(const Comparison& row, const std::string& name) {
  const auto print = [](const Counts& counts) {
    fmt::print("{:>9} {:>9} {:>9} {:>8.4f} {:>8.4f} {:>8.4f} ", counts.ours, counts.theirs,
               counts.agreeing, percent(counts.agreeing, counts.ours),
               percent(counts.agreeing, counts.theirs),
               percent(counts.same_length, counts.instructions));
  };
  print(row.in_functions);
  print(row.between);
  fmt::print(" {}\n", name);
}

void print_disagreements(const Comparison& all) {
  using Kind = std::pair<std::string, witness::Group>;
  std::vector<Kind> kinds(all.disagreements.begin(), all.disagreements.end());
  std::ranges::stable_sort(kinds, std::ranges::greater{},
                           [](const Kind& kind) { return kind.second.count; });
  if (kinds.empty()) return;
  fmt::print("\nDisagreements, {} kinds\n", kinds.size());
  for (const auto& [kind, group] : std::span(kinds).first(std::min(kinds.size(), kMostKinds))) {
    fmt::print("{:>9}  {}\n", group.count, kind);
    for (const std::string& example : group.examples) fmt::print("{:>9}    {}\n", "", example);
  }
}

bool is_enough(const Counts& counts, std::uint64_t of_ten_thousand) {
  return counts.agreeing * 10'000 >= of_ten_thousand * std::max(counts.ours, counts.theirs);
}

int run(const std::vector<std::string>& arguments) {
  fmt::print("{:<58}{}\n", "in functions", "between functions");
  for (int i = 0; i < 2; ++i) {
    fmt::print("{:>9} {:>9} {:>9} {:>8} {:>8} {:>8} ", "ours", "Zydis", "agreeing", "% ours",
               "% Zydis", "% length");
  }
  fmt::print("\n");
  Comparison all;
  bool enough = true;
  std::size_t compared = 0;
  for (const std::string& argument : arguments) {
    const bool is_folder = std::filesystem::is_directory(argument);
    const auto files =
        is_folder ? files_below(argument) : std::vector<std::filesystem::path>{argument};
    for (const std::filesystem::path& path : files) {
      const std::optional<Comparison> one = compare_file(path);
      if (!one && is_folder) continue;
      if (!one) {
        fmt::print(stderr, "witness_zydis: {}: no ELF file for x86-64\n", path.string());
        return 2;
      }
      print_row(*one, path.string());
      all.add(*one);
      if (!is_enough(one->in_functions, kInFunctions)) {
        fmt::print(stderr, "witness_zydis: {}: too few agree\n", path.string());
        enough = false;
      }
      ++compared;
    }
  }
  if (!is_enough(all.all(), kOverall)) {
    fmt::print(stderr, "witness_zydis: too few agree over all files\n");
    enough = false;
  }
  print_row(all, fmt::format("all {} files", compared));
  print_disagreements(all);
  if (all.all().theirs == 0) {
    fmt::print(stderr, "witness_zydis: nothing to compare\n");
    return 2;
  }
  return enough ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    fmt::print(stderr, "usage: witness_zydis PATH…\n");
    return 2;
  }
  try {
    return run({arguments + 1, arguments + count});
  } catch (const std::exception& error) {
    fmt::print(stderr, "witness_zydis: {}\n", error.what());
    return 2;
  }
}
