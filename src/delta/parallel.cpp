#include "delta/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace interlude::delta {

bool for_each_index(std::size_t count, unsigned threads,
                    const std::function<bool(std::size_t)>& work) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> going = true;
  const auto take_work = [&] {
    for (std::size_t i = next++; i < count && going; i = next++) {
      if (!work(i)) going = false;
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

}  // namespace interlude::delta
