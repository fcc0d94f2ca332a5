#include "delta/predict.hpp"

#include <algorithm>

#include "delta/describe.hpp"
#include "delta/learn.hpp"
#include "delta/match.hpp"
#include "delta/pairs.hpp"
#include "delta/parallel.hpp"
#include "elf/names.hpp"

namespace interlude::delta {
namespace {

/// How often both sides are labelled and matched anew after the first matching.
constexpr unsigned kRounds = 2;

/// What stands for a target while matching. Differs in all its bytes from that of a near one.
std::uint64_t label(std::uint32_t target) {
  std::uint64_t mixed = (target + 1) * 0x9e3779b97f4a7c15ULL;
  mixed ^= mixed >> 29U;
  return mixed * 0xbf58476d1ce4e5b9ULL;
}

void write_label(std::uint8_t* field, elf::Form form, std::uint64_t old, std::uint64_t label) {
  const std::uint64_t mask = elf::field_mask(form);
  elf::write_field(field, form, (old & ~mask) | (label & mask));
}

/// A side cut into files as long as these.
std::vector<ByteView> cut_like(std::span<const ByteView> files, ByteView side) {
  std::vector<ByteView> cut;
  for (const ByteView file : files) {
    cut.push_back(side.first(file.size()));
    side = side.subspan(file.size());
  }
  return cut;
}

class Predictor {
 public:
  explicit Predictor(const Input& input)
      : input_(input),
        old_programs_(input.old),
        fresh_programs_(input.fresh),
        sides_(input.old, fresh_sizes(input)),
        infos_(input.fresh.size()),
        fresh_(input.all_fresh.begin(), input.all_fresh.end()),
        old_names_(input.old.size()),
        fresh_names_(input.fresh.size()) {
    fresh_files_ = cut_like(input.fresh, fresh_);
  }

  Result<std::optional<Bytes>> run(const MakeOptions& options) {
    if (!any_program()) return std::nullopt;
    const double share = 0.7 / (kRounds + 1);
    for (unsigned round = 0; round <= kRounds; ++round) {
      const MakeOptions part = stretch(options, share * round, share * (round + 1));
      if (const Status matched = match(round == 0, part); !matched) {
        return std::unexpected(matched.error());
      }
      if (round == 0) choose_pairs();
      learn();
    }
    correct();
    Result<Bytes> patch = pack_steps(
        matches_, [&](const Match& match) { return copied(match); }, fresh_, input_.fresh.size(),
        &predictions_, stretch(options, 0.7, 1));
    if (!patch) return std::unexpected(patch.error());
    return std::move(*patch);
  }

 private:
  static std::vector<std::uint64_t> fresh_sizes(const Input& input) {
    std::vector<std::uint64_t> sizes;
    for (const ByteView file : input.fresh) sizes.push_back(file.size());
    return sizes;
  }

  template <class Visit>
  void for_each_cut(const Match& match, const Visit& visit) const {
    (void)sides_.for_each_cut(match.old, match.fresh, match.length, [&](const Sides::Cut& cut) {
      visit(cut);
      return Status{};
    });
  }

  bool predictable(std::size_t fresh_file) {
    return !input_.twins[fresh_file] && fresh_programs_.of(fresh_file) != nullptr;
  }

  bool any_program() {
    for (std::size_t i = 0; i < input_.fresh.size(); ++i) {
      if (predictable(i)) return true;
    }
    return false;
  }

  Status match(bool masked, const MakeOptions& options) {
    Bytes old(input_.all_old.begin(), input_.all_old.end());
    const std::vector<ByteView> old_files = cut_like(input_.old, old);
    for (std::size_t i = 0; i < old_files.size(); ++i) {
      label_old(i, masked, old.data() + (old_files[i].data() - old.data()));
    }
    // In place: a second copy of the new side would be the largest thing here but for the index.
    for (std::size_t i = 0; i < fresh_files_.size(); ++i) {
      if (predictable(i)) label_fresh(i, masked, bytes_of(i));
    }
    Result<std::vector<Match>> matches =
        find_matches(old_files, old, fresh_files_, input_.twins, options);
    for (std::size_t i = 0; i < fresh_files_.size(); ++i) {
      if (!predictable(i)) continue;
      std::ranges::copy(input_.fresh[i], bytes_of(i));
      leave_out_frame_table(i);
    }
    if (!matches) return std::unexpected(matches.error());
    matches_ = std::move(*matches);
    return {};
  }

  void label_old(std::size_t file, bool masked, std::uint8_t* bytes) {
    const Programs::Program* program = old_programs_.of(file);
    if (program == nullptr) return;
    const Pair* pair = nullptr;
    if (!masked) {
      pairs_->for_each([&](const Pair& candidate) {
        if (pair == nullptr && candidate.old_file() == file) pair = &candidate;
      });
    }
    const Names& names = names_of(old_names_[file], program->image);
    for (const elf::Reference& reference : program->references) {
      const std::uint64_t old = elf::read_field(input_.old[file], reference.at, reference.form);
      const auto name = names.find(reference.target);
      const std::uint64_t shown = name != names.end() ? name->second
                                  : pair == nullptr   ? 0
                                                      : label(mapped(*pair, reference.target));
      write_label(bytes + reference.at, reference.form, old, shown);
    }
  }

  void label_fresh(std::size_t file, bool masked, std::uint8_t* bytes) {
    const bool paired = !masked && infos_[file].has_value();
    const Programs::Program& program = *fresh_programs_.of(file);
    const Names& names = names_of(fresh_names_[file], program.image);
    for (const elf::Reference& reference : program.references) {
      const std::uint64_t old = elf::read_field(input_.fresh[file], reference.at, reference.form);
      const auto name = names.find(reference.target);
      const std::uint64_t shown = name != names.end() ? name->second
                                  : paired            ? label(reference.target)
                                                      : 0;
      write_label(bytes + reference.at, reference.form, old, shown);
    }
  }

  /// Each new program goes with the old one that most of it comes from.
  void choose_pairs() {
    std::vector<std::map<std::size_t, std::uint64_t>> shared(input_.fresh.size());
    for (const Match& match : matches_) {
      for_each_cut(match, [&](const Sides::Cut& cut) {
        shared[cut.fresh_file][cut.old_file] += cut.length;
      });
    }
    for (std::size_t i = 0; i < input_.fresh.size(); ++i) {
      if (!predictable(i)) continue;
      std::uint64_t most = 0;
      for (const auto& [old_file, bytes] : shared[i]) {
        const Programs::Program* program = old_programs_.of(old_file);
        const elf::Image& image = fresh_programs_.of(i)->image;
        if (program == nullptr || program->image.machine() != image.machine()) continue;
        if (bytes <= most) continue;
        most = bytes;
        infos_[i] = PairInfo{old_file, image.segments(), std::nullopt};
      }
      if (infos_[i]) {
        find_frame_table(i);
        leave_out_frame_table(i);
      }
    }
  }

  std::uint8_t* bytes_of(std::size_t fresh_file) {
    return fresh_.data() + (fresh_files_[fresh_file].data() - fresh_.data());
  }

  /// Whether the new file's frame table follows from its frames.
  void find_frame_table(std::size_t file) {
    const elf::Image& image = fresh_programs_.of(file)->image;
    const std::optional<elf::FrameTable> table = elf::find_frame_table(image);
    const elf::Image& old_image = old_programs_.of(infos_[file]->old_file)->image;
    const std::optional<elf::FrameTable> old_table = elf::find_frame_table(old_image);
    if (!table || !old_table || table->frames_size == 0) return;
    const ByteView bytes = input_.fresh[file];
    const ByteView frames = bytes.subspan(table->frames, table->frames_size);
    const std::optional<std::uint32_t> address = elf::address_of(image.segments(), table->frames);
    const std::optional<std::uint32_t> header =
        elf::address_of(image.segments(), table->table - elf::kFrameHeaderSize);
    if (!address || !header) return;
    const Bytes made = elf::make_frame_table(frames, *address, table->entries, *header);
    if (!std::ranges::equal(made, bytes.subspan(table->table, made.size()))) return;
    infos_[file]->frame_table = table;
  }

  /// For a table that follows from the rest any content will do: the old one.
  void leave_out_frame_table(std::size_t file) {
    if (!infos_[file] || !infos_[file]->frame_table) return;
    const elf::FrameTable& table = *infos_[file]->frame_table;
    const elf::Image& old_image = old_programs_.of(infos_[file]->old_file)->image;
    const elf::FrameTable old_table = *elf::find_frame_table(old_image);
    std::uint8_t* begin = bytes_of(file) + table.table;
    std::fill_n(begin, table.entries * std::size_t{8}, std::uint8_t{0});
    const ByteView old_bytes = old_image.file().subspan(
        old_table.table, std::min(old_table.entries, table.entries) * std::size_t{8});
    std::ranges::copy(old_bytes, begin);
  }

  /// Pairs and targets from the present matches.
  void learn() {
    CopyCollector copies(infos_);
    for (const Match& match : matches_) {
      for_each_cut(match, [&](const Sides::Cut& cut) { copies.add(cut); });
    }
    pairs_ = std::make_unique<Pairs>(old_programs_, infos_, copies.take());
    predictions_ = {};
    append_pairs(predictions_.pairs, infos_, input_.old);
    ExceptionWriter exceptions(predictions_.target_gaps, predictions_.target_shifts);
    pairs_->for_each_file(
        [&](std::size_t file, Pair& pair) { learn_targets(pair, fresh_files_[file], exceptions); });
  }

  /// The copied stretches of the old side as the device sees them before differences, every field
  /// corrected; and the corrections.
  void correct() {
    ExceptionWriter corrections(predictions_.correction_gaps, predictions_.corrections);
    for (const Match& match : matches_) {
      std::size_t at = copied_.size();
      begins_.push_back(at);
      append(copied_, input_.all_old.subspan(match.old, match.length));
      for_each_cut(match, [&](const Sides::Cut& cut) {
        if (const Pair* pair = pairs_->of(cut.old_file, cut.fresh_file)) {
          correct(*pair, cut, copied_.data() + at, corrections);
        }
        at += cut.length;
      });
    }
  }

  void correct(const Pair& pair, const Sides::Cut& cut, std::uint8_t* bytes,
               ExceptionWriter& corrections) const {
    const Copy copy = cut.copy();
    const ByteView fresh = fresh_files_[cut.fresh_file];
    for (const elf::Reference& reference : pair.of(copy)) {
      const std::uint32_t inside = reference.at - copy.old_place;
      const std::uint64_t right = elf::read_field(fresh, copy.fresh_place + inside, reference.form);
      const std::uint64_t predicted = pair.field(reference, copy, input_.old[cut.old_file]);
      corrections.append(elf::field_difference(reference.form, right, predicted));
      elf::write_field(bytes + inside, reference.form, right);
    }
  }

  ByteView copied(const Match& match) const {
    const auto at = std::ranges::lower_bound(matches_, match.fresh, {}, &Match::fresh);
    return ByteView(copied_).subspan(begins_[static_cast<std::size_t>(at - matches_.begin())],
                                     match.length);
  }

  using Names = std::unordered_map<std::uint32_t, std::uint64_t>;
  static const Names& names_of(std::optional<Names>& names, const elf::Image& image) {
    if (!names) names = elf::named_places(image);
    return *names;
  }

  const Input& input_;
  Programs old_programs_;
  Programs fresh_programs_;
  Sides sides_;
  PairInfos infos_;
  Bytes fresh_;  // the new side but for what follows from the rest
  std::vector<ByteView> fresh_files_;
  std::vector<std::optional<Names>> old_names_;
  std::vector<std::optional<Names>> fresh_names_;
  std::vector<Match> matches_;
  std::unique_ptr<Pairs> pairs_;
  Predictions predictions_;
  Bytes copied_;
  std::vector<std::size_t> begins_;  // in `copied_`, for each match
};

}  // namespace

Result<std::optional<Bytes>> make_predicted(const Input& input, const MakeOptions& options) {
  return Predictor(input).run(options);
}

}  // namespace interlude::delta
