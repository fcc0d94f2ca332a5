#include "delta/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace interlude::delta {

bool for_each_index(std::size_t count, const MakeOptions& options,
                    const std::function<void(std::size_t)>& work) {
  const unsigned threads =
      options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> going = true;
  std::mutex reporting;
  std::size_t done = 0;  // guarded by `reporting`
  const auto take_work = [&] {
    for (std::size_t i = next++; i < count && going; i = next++) {
      work(i);
      const std::lock_guard lock(reporting);
      const double share = static_cast<double>(++done) / static_cast<double>(count);
      if (options.progress && !options.progress(share)) going = false;
    }
  };
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < std::min<std::size_t>(threads, count); ++i) {
    others.emplace_back(take_work);
  }
  take_work();
  others.clear();
  return going;
}

MakeOptions stretch(const MakeOptions& options, double begin, double end) {
  MakeOptions part{.threads = options.threads};
  if (options.progress) {
    part.progress = [progress = options.progress, begin, end](double done) {
      return progress(begin + done * (end - begin));
    };
  }
  return part;
}

}  // namespace interlude::delta
